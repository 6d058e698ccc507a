namespace Vigil.Nodes;

/// <summary>A process of this gateway, as the others see it.</summary>
public sealed record NodeState
{
    public required string Id { get; init; }

    public required string Host { get; init; }

    public required string Version { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Its last sign of life.</summary>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>The age of that sign.</summary>
    public required int SilentSeconds { get; init; }

    /// <summary>It has not stopped and gives no more signs: it was killed, froze or lost the store. What it held goes on elsewhere.</summary>
    public required bool Dead { get; init; }

    /// <summary>Works that it holds now.</summary>
    public required int Running { get; init; }

    public required int Slots { get; init; }

    /// <summary>The process that answered.</summary>
    public required bool Self { get; init; }
}
