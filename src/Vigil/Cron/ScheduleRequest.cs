using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Cron;

/// <summary>A schedule as a caller asks for it: <c>POST /api/cron</c>, <c>vigil cron add</c>, the tool of an agent.</summary>
public sealed record ScheduleRequest
{
    public string? Name { get; init; }

    public string? Agent { get; init; }

    public ScheduleSpec? Schedule { get; init; }

    public string? Prompt { get; init; }

    /// <summary>main, a full session key of the agent, or a name of its own; null means a fresh session for each run.</summary>
    public string? Session { get; init; }

    public string? Model { get; init; }

    public IReadOnlyList<string>? Tools { get; init; }

    public IReadOnlyList<string>? Deliver { get; init; }

    public NotifyPolicy? Notify { get; init; }

    public MissedPolicy? Missed { get; init; }

    public int? MissedCap { get; init; }

    public OverlapPolicy? Overlap { get; init; }

    public TimeSpan? Deadline { get; init; }

    /// <summary>The channel target that "origin" in <see cref="Deliver"/> stands for.</summary>
    public string? Origin { get; init; }

    /// <summary>What is wrong with the form in which it came; told together with the rest.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];
}
