using System.Globalization;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Cron;
using Vigil.Heartbeat;
using Vigil.Models;
using Vigil.Routing;
using Vigil.Settings;
using Vigil.Testing.Models;
using Vigil.Work;

namespace Vigil.Browser.Tests.Support;

/// <summary>A day of three agents, played by the engine itself: silent beats, skipped ones, words, a schedule, a failure, something held back.</summary>
internal static class Stage
{
    /// <summary>Twenty to five in Berlin.</summary>
    public static readonly DateTimeOffset End = new(2026, 3, 27, 15, 40, 0, TimeSpan.Zero);

    public const string Planned = "Memo of the morning";

    private const string Settings = """
        {
          "models": {
            "default": "acme/large",
            "providers": { "acme": { "kind": "openai", "baseUrl": "http://127.0.0.1:9/v1" } },
            "prices": { "acme/large": { "input": 1.25, "output": 10 }, "acme/small": { "input": 0.1, "output": 0.4 } }
          },
          "gateway": { "heartbeat": { "every": "30m", "model": "acme/small", "activeHours": { "start": "07:00", "end": "22:00" } } },
          "budget": { "daily": { "usd": 2 }, "hardDaily": { "usd": 4 } },
          "timezone": "Europe/Berlin"
        }
        """;

    public static async Task<DashboardHost> DayAsync()
    {
        var host = await DashboardHost.StartAsync(Settings, "ops", "scout");
        host.Checklist("main", "- [every 4h] Look for invoices in the mailbox\n- [every 1h] Look at the calendar\n");
        host.Checklist("scout", "- [every 3h] Read the news of the trade\n");
        host.Checklist("ops", "");
        host.Model.Answer = Answer;
        host.Model.Usage = new UsageDetails { InputTokenCount = 2_140, CachedInputTokenCount = 1_200, OutputTokenCount = 96, TotalTokenCount = 2_236 };
        await host.PlayAsync(At(9, 0), TimeSpan.FromMinutes(15));
        await host.AskAsync("main", "Write the memo of the morning.", work => work with { Source = WorkSources.Cron, Origin = "sch_memo", Notify = NotifyPolicy.Always });
        await host.PlayAsync(At(11, 0), TimeSpan.FromMinutes(15));
        await host.AskAsync("ops", "Build 512 failed on main: fix the flaky test.", work => work with { Source = WorkSources.Task, Origin = "ci" });
        await host.PlayAsync(At(13, 15), TimeSpan.FromMinutes(15));
        await host.AskAsync("scout", "What did the regulator publish?");
        await host.PlayAsync(End, TimeSpan.FromMinutes(5));
        // Its first slot is tomorrow's: no test plays that long.
        await host.Get<Schedules>().AddAsync(new ScheduleRequest { Name = Planned, Agent = "main", Schedule = new ScheduleSpec { Cron = "30 7 * * *" }, Prompt = "Write the memo of the morning." }, default);
        host.Get<Routes>().Add(new Dictionary<string, string> { ["platform"] = "telegram", ["chat_id"] = "4711" }, "scout");
        return host;
    }

    private static DateTimeOffset At(int hour, int minute) => new DateTimeOffset(2026, 3, 27, hour, minute, 0, TimeSpan.Zero).AddHours(-1);

    private static IReadOnlyList<AIContent> Answer(ScriptedRequest request)
    {
        var said = string.Join('\n', request.Messages.Select(message => message.Text));
        var last = request.Messages[^1];
        if (last.Role == ChatRole.Tool)
            return [new TextContent("NO_REPLY")];
        if (request.LastUserText.Contains("memo", StringComparison.Ordinal))
            return [new TextContent("**The morning in three lines.** Two meetings (10:00, 15:30), one invoice due tomorrow, and the train at 18:12 runs on time.")];
        if (request.LastUserText.Contains("512", StringComparison.Ordinal))
            throw new ModelFailureException(new ModelFailure(ModelFailureKind.BadRequest, "The model refused the request: the context is too long.", "acme", "large"));
        if (request.LastUserText.Contains("regulator", StringComparison.Ordinal))
            return [new TextContent("Nothing new since Tuesday.")];
        if (said.Contains("invoices", StringComparison.Ordinal) && request.LastUserText.Contains("mailbox", StringComparison.Ordinal))
        {
            return [Notify("""
                **Two invoices** are due tomorrow:

                - Hosting, 42 €
                - Electricity, 118 €

                Shall I prepare the transfers?
                """, "normal", "invoices")];
        }
        if (request.LastUserText.Contains("news", StringComparison.Ordinal))
            return [Notify("The tender of the city of Kassel closes at noon on Monday; [the notice](https://example.org/tender) asks for two references.", "urgent", "tender")];
        return request.LastUserText.Contains('?') && !request.LastUserText.Contains("eartbeat", StringComparison.Ordinal)
            ? [new TextContent("I have noted it: both transfers are prepared and wait for your approval.")]
            : [new TextContent("NO_REPLY")];
    }

    private static FunctionCallContent Notify(string text, string urgency, string topic)
        => new(string.Create(CultureInfo.InvariantCulture, $"call_{topic}_{Guid.NewGuid():N}"), "notify_user", new Dictionary<string, object?> { ["text"] = text, ["urgency"] = urgency, ["topic"] = topic });
}
