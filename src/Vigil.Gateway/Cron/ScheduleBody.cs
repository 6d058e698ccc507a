using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Cron;
using Vigil.Errors;
using Vigil.Gateway.Requests;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Gateway.Cron;

/// <summary>What <c>POST /api/cron</c> takes, and <c>PATCH</c> in part: there an absent field stays as it is and null takes the default again.</summary>
internal sealed record ScheduleBody
{
    public string? Name { get; init; }

    public string? Agent { get; init; }

    public ScheduleTimeBody? Schedule { get; init; }

    public string? Prompt { get; init; }

    /// <summary>main, a session key of the agent, or a name; absent means a fresh session for each run.</summary>
    public string? Session { get; init; }

    public string? Model { get; init; }

    public IReadOnlyList<string>? Tools { get; init; }

    /// <summary>One target or a list of them.</summary>
    public JsonNode? Deliver { get; init; }

    public NotifyPolicy? Notify { get; init; }

    public MissedPolicy? Missed { get; init; }

    public int? MissedCap { get; init; }

    public OverlapPolicy? Overlap { get; init; }

    public string? Deadline { get; init; }

    /// <summary>The channel target that "origin" in deliver stands for.</summary>
    public string? Origin { get; init; }

    public ScheduleRequest ToRequest()
    {
        var faults = new List<Fault>();
        TimeSpan? deadline = null;
        if (Deadline is not null)
        {
            if (DurationText.TryParse(Deadline, out var parsed, out var problem))
                deadline = parsed;
            else
                faults.Add(new Fault("deadline_invalid", $"The deadline '{Deadline}' {problem}.", null, "deadline"));
        }
        return new ScheduleRequest
        {
            Name = Name,
            Agent = Agent,
            Schedule = Schedule?.ToSpec(),
            Prompt = Prompt,
            Session = Session,
            Model = Model,
            Tools = Tools,
            Deliver = Targets(faults),
            Notify = Notify,
            Missed = Missed,
            MissedCap = MissedCap,
            Overlap = Overlap,
            Deadline = deadline,
            Origin = Origin,
            Faults = faults,
        };
    }

    /// <summary>What a schedule would have been asked for with; a patch is laid over it.</summary>
    public static JsonObject Of(Schedule schedule) => new()
    {
        ["name"] = schedule.Name,
        ["agent"] = schedule.Agent.Value,
        ["prompt"] = schedule.Prompt,
        ["session"] = schedule.Session,
        ["model"] = schedule.Model,
        ["tools"] = schedule.Tools is null ? null : JsonSerializer.SerializeToNode(schedule.Tools),
        ["deliver"] = JsonSerializer.SerializeToNode(schedule.Deliver),
        ["notify"] = Words.Of(schedule.Notify),
        ["missed"] = Words.Of(schedule.Missed),
        ["missedCap"] = schedule.MissedCap,
        ["overlap"] = Words.Of(schedule.Overlap),
        ["deadline"] = schedule.Deadline is { } deadline ? DurationText.Format(deadline) : null,
        ["origin"] = schedule.Origin,
    };

    /// <summary>The whole request that a patch makes of a schedule.</summary>
    public static ScheduleBody Patched(Schedule schedule, JsonObject patch)
    {
        if (patch.ContainsKey("agent") && patch["agent"]?.GetValue<string>() != schedule.Agent.Value)
            throw new FaultException(new Fault("agent_fixed", "A schedule stays with its agent.", "Add one to the other agent and remove this one.", "agent"));
        var whole = Of(schedule);
        foreach (var (name, value) in patch)
            whole[name] = name == "schedule" && value is JsonObject time ? Patched(schedule.When, time) : value?.DeepClone();
        return whole.Deserialize<ScheduleBody>(StrictJson.Options)!;
    }

    // An absent zone stays as it is, too: a new hour in Tokyo is meant in Tokyo. A zone alone is a new zone for the same expression.
    private static JsonObject Patched(StoredSchedule before, JsonObject time)
    {
        var patched = time.DeepClone().AsObject();
        if (!patched.ContainsKey("timezone") && before.Zone is { } zone && (patched["cron"] ?? patched["at"]) is not null)
            patched["timezone"] = zone;
        else if (patched.ContainsKey("timezone") && patched.Count == 1 && before.Kind == "cron")
            patched["cron"] = before.Text;
        return patched;
    }

    private List<string>? Targets(List<Fault> faults)
    {
        switch (Deliver)
        {
            case null:
                return null;
            case JsonValue value when value.TryGetValue<string>(out var one):
                return [one];
            case JsonArray list when list.All(item => item is JsonValue value && value.TryGetValue<string>(out _)):
                return [.. list.Select(item => item!.GetValue<string>())];
            default:
                faults.Add(new Fault("target_invalid", "The field 'deliver' is neither a target nor a list of targets.", "For example \"owner\" or [\"webhook:phone\"].", "deliver"));
                return null;
        }
    }
}

/// <summary>Exactly one of at, every and cron.</summary>
internal sealed record ScheduleTimeBody
{
    public string? At { get; init; }

    public string? Every { get; init; }

    public string? Cron { get; init; }

    /// <summary>IANA name, for at and cron.</summary>
    public string? Timezone { get; init; }

    public ScheduleSpec ToSpec() => new() { At = At, Every = Every, Cron = Cron, Timezone = Timezone };
}

internal sealed record ExtraRunBody
{
    /// <summary>Also when it is disabled.</summary>
    public bool Force { get; init; }
}
