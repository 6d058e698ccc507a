using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Heartbeat;
using Vigil.Ledger;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Testing;
using Vigil.Work;

namespace Vigil.Bench.Heartbeat;

/// <summary>
/// A week of beats on the virtual clock, with two mails a day and an appointment every second day, priced by the ledger: Vigil as it comes, with a small heartbeat model, and
/// with every beat on the primary model and the whole conversation, as gateways without gates do it.
/// </summary>
internal static class BeatWeekBench
{
    private const int Exchanges = 60;
    private const int ExchangeLength = 400;

    private const string Probes = """{ "probes": { "inbox": { "kind": "file", "path": "inbox.md" }, "calendar": { "kind": "file", "path": "calendar.md" } } }""";
    private const string Probed = "- [probe inbox] Is anything urgent in the inbox?\n- [3x/day, probe calendar] Does the next appointment need anything?\n- [every 1d] Is there anything that I should know today?\n";
    private const string Plain = "- Is anything urgent in inbox.md?\n- Does the next appointment in calendar.md need anything?\n- Is there anything that I should know today?\n";
    private const string Hours = """ "activeHours": { "start": "07:00", "end": "23:00" } """;

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 336;
        var begin = Stopwatch.GetTimestamp();
        var every = await WeekAsync(count, """ "context": "main" """, Plain);
        var ours = await WeekAsync(count, Hours, Probed);
        var tiered = await WeekAsync(count, $""" {Hours}, "model": "openai/gpt-5-nano" """, Probed);
        Console.WriteLine(FormattableString.Invariant($"{count} beats, a conversation of {Exchanges * 2} messages; tokens are characters / 4, prices those of the built-in table; {Stopwatch.GetElapsedTime(begin).TotalSeconds:N0} s"));
        Print("every beat, primary model, whole conversation", every, every);
        Print("default: gates, probes, light context", ours, every);
        Print("default with heartbeat.model gpt-5-nano", tiered, every);
    }

    private static void Print(string what, Week week, Week every)
        => Console.WriteLine(FormattableString.Invariant($"{what,-46} {week.Usd,10:0.0000} USD   {week.Asked,4} of {week.Beats} beats asked, {week.Tokens,10:N0} tokens in   {(1 - (week.Usd / every.Usd)) * 100,6:0.00} % lower"));

    private static async Task<Week> WeekAsync(int count, string heartbeat, string checklist)
    {
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            await File.WriteAllTextAsync(home.SettingsFile, $$"""
                { "timezone": "Europe/Berlin", "models": { "default": "openai/gpt-5.4" }, "gateway": { "heartbeat": { "every": "30m", {{heartbeat}} } } }
                """);
            HomeStarter.Ensure(home);
            await File.WriteAllTextAsync(home.AgentFile(AgentId.Main), Probes);
            var workspace = home.Workspace(AgentId.Main);
            await File.WriteAllTextAsync(Path.Combine(workspace, "HEARTBEAT.md"), checklist);
            var clock = new VirtualClock(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero));
            var model = new CountingModel();
            await using var engine = await BeatEngine.OpenAsync(home, clock, model, SqliteSync.Normal);
            await engine.StartAsync();
            await TalkAsync(engine, clock);
            await engine.PulseAsync(clock.GetUtcNow());
            for (var beat = 0; beat < count; beat++)
            {
                if (beat % 24 == 20)
                    await File.WriteAllTextAsync(Path.Combine(workspace, "inbox.md"), $"Mail {beat}: the boiler is inspected next week.");
                if (beat % 96 == 18)
                    await File.WriteAllTextAsync(Path.Combine(workspace, "calendar.md"), $"Appointment {beat}: dentist at nine.");
                clock.AdvanceTo((await engine.Get<IHeartbeatStore>().GetAsync(AgentId.Main, CancellationToken.None))!.NextAt);
                await engine.PulseAsync(clock.GetUtcNow());
                await engine.SettleAsync();
            }
            var total = await engine.Get<ILedger>().TotalAsync("2026-01-01", "2026-12-31", null, CancellationToken.None);
            var beats = (await engine.Get<IWorkStore>().ListAsync(new WorkFilter { Sources = [WorkSources.Heartbeat] }, null, 1_000, CancellationToken.None)).Items.Count;
            return new Week(total.CostUsd, model.Calls, beats, total.InputTokens);
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    // From the day before: nobody is busy when the week begins.
    private static Task TalkAsync(BeatEngine engine, VirtualClock clock) => engine.Get<ISessionStore>().AppendAsync(SessionKey.Main(AgentId.Main),
        [.. Enumerable.Range(0, Exchanges).SelectMany(i => new[]
        {
            new NewSessionMessage(clock.GetUtcNow().AddDays(-1), new ChatMessage(ChatRole.User, $"Question {i}: {new string('x', ExchangeLength)}")) { ByPerson = true },
            new NewSessionMessage(clock.GetUtcNow().AddDays(-1), new ChatMessage(ChatRole.Assistant, $"Answer {i}: {new string('y', ExchangeLength)}")),
        })], CancellationToken.None);

    private readonly record struct Week(decimal Usd, int Asked, int Beats, long Tokens);
}
