using System.Globalization;
using System.Text;
using NodaTime;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Tools;
using Vigil.Work;

namespace Vigil.Cron;

/// <summary>An agent's hand on its own schedules: no one else's, not too many, not too often.</summary>
internal sealed class ScheduleTool(Schedules schedules, ScheduleToolSettings limits, IReadOnlyList<string>? onlyTools = null) : ITool, ICappedByParent
{
    public const string Name = "schedule";

    private const int LongestExcerpt = 120;
    private const int ComparedSlots = 200;

    // Made once: the tool itself is made for each run.
    private static readonly ToolDefinition s_definition = new(Name,
        "Your own schedules: be started with a prompt once or again and again. Add, list, remove, enable or disable them by name.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "action": { "type": "string", "enum": ["add", "list", "remove", "enable", "disable"] },
            "name": { "type": "string", "description": "A short name of your own; needed for everything but list" },
            "prompt": { "type": "string", "description": "add: what to do then, understandable without this conversation" },
            "at": { "type": "string", "description": "add, once: 2026-12-24T18:00 in the person's zone, an instant with an offset, or in 20m" },
            "every": { "type": "string", "description": "add, an interval: 45m, 2h, 1d" },
            "cron": { "type": "string", "description": "add, wall-clock times by five cron fields: 0 8 * * mon-fri" },
            "timezone": { "type": "string", "description": "add with at or cron: an IANA zone; default the person's" },
            "deliver": { "type": "string", "enum": ["owner", "inbox", "none"], "description": "add: where the result goes; default owner" },
            "notify": { "type": "string", "enum": ["always", "gated", "silent"], "description": "add: always says your reply (default), gated says only what you tell with notify_user, silent says nothing" }
          },
          "required": ["action"],
          "additionalProperties": false
        }
        """));

    public ToolDefinition Definition => s_definition;

    /// <summary>In runs that a person asked for. A run that a timer or a stranger started makes no timers, unless the settings allow it.</summary>
    public static bool IsFor(RunContext run)
        => run.Profile.Tools.Schedules.Unattended || (run is { Depth: 0, Source: "chat" or WorkSources.Run });

    // What a narrowed run makes is as narrow as the run.
    public ITool Under(IReadOnlyList<string> toolsOfParent, bool narrowed)
        => narrowed ? new ScheduleTool(schedules, limits, [.. toolsOfParent.Where(tool => tool != Name)]) : this;

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var agent = call.Run.Agent;
        switch (call.Text("action"))
        {
            case "list":
                return new ToolResult(List(await schedules.OfAsync(agent, cancellationToken), call.Run.Profile));
            case "add":
                return await AddAsync(call, cancellationToken);
            case "remove" or "enable" or "disable":
                break;
            default:
                return ToolArguments.Missing("action", "add, list, remove, enable or disable");
        }
        if (call.Text("name") is not { } name || string.IsNullOrWhiteSpace(name))
            return ToolArguments.Missing("name", "which of your schedules; list shows them");
        var own = await schedules.OfAsync(agent, cancellationToken);
        if (own.FirstOrDefault(one => one.Name == name.Trim() || one.Id == name.Trim()) is not { } schedule)
        {
            return ToolResult.Error($"You have no schedule '{name}'. "
                + (own.Count == 0 ? "You have none at all." : $"You have: {string.Join(", ", own.Select(one => one.Name))}."));
        }
        return await ChangeAsync(call, schedule, cancellationToken);
    }

    private async Task<ToolResult> ChangeAsync(ToolCall call, Schedule schedule, CancellationToken cancellationToken)
    {
        var by = By(call.Run);
        if (call.Text("action") == "remove")
        {
            return await schedules.RemoveAsync(schedule, by, cancellationToken)
                ? new ToolResult($"Removed '{schedule.Name}'.")
                : ToolResult.Error($"'{schedule.Name}' was removed already.");
        }
        var answer = call.Text("action") == "enable"
            ? await schedules.EnableAsync(schedule.Id, by, cancellationToken)
            : await schedules.DisableAsync(schedule.Id, by, cancellationToken);
        return answer.Schedule is { } changed
            ? new ToolResult(changed.Enabled ? $"Enabled '{changed.Name}'.{Next(changed, call.Run.Profile)}" : $"Disabled '{changed.Name}'; nothing comes of it until it is enabled.")
            : Refused(answer.Faults);
    }

    private async Task<ToolResult> AddAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var agent = call.Run.Agent;
        var spec = new ScheduleSpec { At = call.Text("at"), Every = call.Text("every"), Cron = call.Text("cron"), Timezone = call.Text("timezone") };
        if (schedules.Read(spec, agent).Time is { } time && TooOften(time))
        {
            return ToolResult.Error($"That is too often: what you schedule lies at least {DurationText.Format(limits.Shortest)} apart. "
                + "Say a longer interval; the person can make one that comes more often.");
        }
        var held = (await schedules.OfAsync(agent, cancellationToken)).Count;
        if (held >= limits.Most)
            return ToolResult.Error($"There are {held} schedules for you, and {limits.Most} are allowed. Remove one that is no longer needed.");
        var answer = await schedules.AddAsync(new ScheduleRequest
        {
            Agent = agent.Value,
            Name = call.Text("name"),
            Prompt = call.Text("prompt"),
            Schedule = spec,
            Tools = onlyTools,
            Deliver = [call.Text("deliver") is Targets.Inbox or Targets.None ? call.Text("deliver")! : Targets.Owner],
            Notify = call.Text("notify") switch { "gated" => NotifyPolicy.Gated, "silent" => NotifyPolicy.Silent, _ => NotifyPolicy.Always },
        }, By(call.Run), cancellationToken);
        return answer.Schedule is { } added
            ? new ToolResult($"Added '{added.Name}': {added.Time.Describe()}.{Next(added, call.Run.Profile)}")
            : Refused(answer.Faults);
    }

    private bool TooOften(ScheduleTime time)
    {
        var shortest = Duration.FromTimeSpan(limits.Shortest);
        if (time is ScheduleTime.Every every)
            return every.Interval < shortest;
        if (time is not ScheduleTime.Cron cron)
            return false;
        // The times of one day repeat on each day that matches, so a few hundred slots show the closest pair.
        var before = cron.Next(schedules.Now);
        for (var i = 0; i < ComparedSlots && before is { } one; i++)
        {
            var after = cron.Next(one.At);
            if (after is { } two && two.At - one.At < shortest)
                return true;
            before = after;
        }
        return false;
    }

    private string List(IReadOnlyList<Schedule> own, AgentProfile profile)
    {
        if (own.Count == 0)
            return "[you have no schedules]";
        var text = new StringBuilder();
        foreach (var one in own)
        {
            var (time, _) = one.ReadTime();
            text.Append(CultureInfo.InvariantCulture, $"{one.Name}: {time?.Describe() ?? "its time cannot be read any more"}.");
            text.Append(one.Enabled ? Next(one, profile) : $" Disabled{(one.DisabledReason is { } reason ? $" ({reason})" : "")}.");
            if (one.LastOutcome is { } last)
                text.Append(CultureInfo.InvariantCulture, $" Its last run ended {last.ToString().ToLowerInvariant()}{(one.LastError is { } error && last == Outcome.Failed ? $": {error}" : "")}.");
            var prompt = one.Prompt.ReplaceLineEndings(" ");
            text.AppendLine(CultureInfo.InvariantCulture, $" Prompt: {(prompt.Length > LongestExcerpt ? $"{prompt.AsSpan(0, LongestExcerpt)}…" : prompt)}");
        }
        return text.ToString().TrimEnd();
    }

    private static string Next(Schedule schedule, AgentProfile profile)
        => schedule.NextAt is { } next
            ? $" Next: {LocalText.In(Instant.FromDateTimeOffset(next), Zones.TryFind(schedule.When.Zone ?? profile.Timezone, out var zone, out _) ? zone : DateTimeZone.Utc)}."
            : "";

    private static ToolResult Refused(IReadOnlyList<Fault> faults)
        => ToolResult.Error(string.Join('\n', faults.Select(fault => fault.Hint is null ? fault.Message : $"{fault.Message} {fault.Hint}")));

    private static string By(RunContext run) => $"agent:{run.Agent}";
}
