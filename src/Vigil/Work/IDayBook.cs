using Vigil.Agents;

namespace Vigil.Work;

/// <summary>Sums for looking at: small however much happened.</summary>
public interface IDayBook
{
    /// <summary>Works of some agents by time, source and how they ended; those that still wait are not among them.</summary>
    /// <param name="grain">Works that began within the same stretch of this length are one mark.</param>
    Task<IReadOnlyList<DayMark>> MarksAsync(IReadOnlyCollection<AgentId> agents, DateTimeOffset from, DateTimeOffset to, TimeSpan grain, CancellationToken cancellationToken);

    /// <summary>Posted notifications that nobody has read; counting ends at <paramref name="atMost"/>.</summary>
    /// <param name="agents">Null means all.</param>
    Task<int> UnreadAsync(IReadOnlyCollection<AgentId>? agents, DateTimeOffset now, int atMost, CancellationToken cancellationToken);
}

/// <param name="At">Where the stretch begins.</param>
/// <param name="Outcome">Null while they run.</param>
/// <param name="LastWork">The newest of them.</param>
public sealed record DayMark(AgentId Agent, DateTimeOffset At, string Source, Outcome? Outcome, string? Reason, long Works, string LastWork);
