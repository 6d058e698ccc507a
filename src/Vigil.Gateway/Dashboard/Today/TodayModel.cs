using NodaTime;
using Vigil.Agents;
using Vigil.Ledger;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Today;

/// <summary>One calendar day of the person, agent by agent.</summary>
public sealed record TodayModel
{
    public required LocalDate Day { get; init; }

    public required bool IsToday { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    public required IReadOnlyList<AgentDay> Agents { get; init; }

    /// <summary>What the names of the agents must hold; null when nothing was asked for.</summary>
    public string? Find { get; init; }

    /// <summary>How many agents there are that the reader may see, or that were found.</summary>
    public required int All { get; init; }

    /// <summary>How many of them come before those that are shown.</summary>
    public required int Before { get; init; }

    /// <summary>The cursor of further agents.</summary>
    public string? Next { get; init; }

    /// <summary>The cursor of the agents before; null also for the first ones, which need none.</summary>
    public string? Previous { get; init; }

    public bool IsPart => Agents.Count < All;

    /// <summary>Of all agents that the reader may see.</summary>
    public required SpendRow Spend { get; init; }

    public required Savings Savings { get; init; }

    /// <summary>What was found and what to do while there is no model; null when there is one.</summary>
    public DetectedModel? Setup { get; init; }
}

/// <summary>One agent's day.</summary>
/// <param name="Problem">Why the agent cannot serve; null when it can.</param>
/// <param name="Hours">The stretches in which beats may run.</param>
public sealed record AgentDay(AgentId Id, string? Name, string? Problem, IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Hours, IReadOnlyList<DayMark> Marks, SpendRow? Spend, bool BeatsOn)
{
    public DateTimeOffset? NextBeat { get; init; }

    public DateTimeOffset? NextSchedule { get; init; }

    public Vigil.Heartbeat.Pause? Pause { get; init; }

    public long Works => Marks.Sum(mark => mark.Works);

    public long Of(Outcome outcome) => Marks.Where(mark => mark.Outcome == outcome).Sum(mark => mark.Works);
}
