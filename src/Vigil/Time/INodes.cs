namespace Vigil.Time;

/// <summary>The processes that serve this store. With SQLite there is one.</summary>
public interface INodes
{
    /// <summary>This process. A new one after each start, so that a claim of an earlier life is never taken for one's own.</summary>
    string Self { get; }

    /// <summary>Nodes that gave a sign of life lately, this one included.</summary>
    Task<IReadOnlyList<Node>> LivingAsync(CancellationToken cancellationToken);
}

/// <summary>A process of this gateway that lives.</summary>
public sealed record Node(string Id, DateTimeOffset LastSeen);

/// <summary>Whether the scheduler of this process lives.</summary>
public interface IPulse
{
    /// <summary>When this node last pulsed; null when it has not yet, or when another node pulses.</summary>
    DateTimeOffset? Last { get; }

    /// <summary>Null while all is well, else a sentence.</summary>
    Task<string?> ProblemAsync(CancellationToken cancellationToken);
}
