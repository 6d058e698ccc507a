namespace Vigil.Nodes;

/// <summary>What the nodes on one store say of themselves. Its instants are the database's own when that is a server, so that clocks which differ kill nobody.</summary>
public interface INodeBook
{
    /// <summary>Writes a sign of life, and forgets the nodes that were silent for longer than <paramref name="forgetAfter"/>.</summary>
    Task SignAsync(NodeSign sign, DateTimeOffset now, TimeSpan forgetAfter, CancellationToken cancellationToken);

    /// <summary>The node stopped as it should: it is not dead, it is gone.</summary>
    Task LeaveAsync(string id, CancellationToken cancellationToken);

    /// <summary>The newest sign of each node, the oldest node first.</summary>
    Task<IReadOnlyList<NodeEntry>> ListAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>How many works each node holds a claim on; nodes without any are left out.</summary>
    Task<IReadOnlyDictionary<string, int>> RunningAsync(CancellationToken cancellationToken);
}

/// <summary>What a node says of itself.</summary>
public sealed record NodeSign(string Id, string Host, string Version, DateTimeOffset StartedAt, int Slots);

/// <param name="Silent">How long ago, on the clock that wrote it.</param>
public sealed record NodeEntry(NodeSign Sign, DateTimeOffset LastSeen, TimeSpan Silent);
