using Vigil.Diagnosis;
using Vigil.Events;
using Vigil.Gateway.Admin;
using Vigil.Nodes;
using Vigil.Store;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.SystemPage;

/// <summary>The gateway as a whole.</summary>
public sealed record SystemModel
{
    public required string Version { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required string Home { get; init; }

    public required string Node { get; init; }

    public required IReadOnlyList<NodeState> Nodes { get; init; }

    public required WorkCounts Works { get; init; }

    public required StoreDescription Store { get; init; }

    public required DateTimeOffset? LastPulse { get; init; }

    /// <summary>What is wrong with the clock that wakes everything; null while all is well.</summary>
    public required string? Problem { get; init; }

    public required string? Model { get; init; }

    public required IReadOnlyList<string> SettingsErrors { get; init; }

    public required IReadOnlyList<KeyView> Keys { get; init; }

    /// <summary>Newest first.</summary>
    public required IReadOnlyList<VigilEvent> Events { get; init; }

    public required bool MayDiagnose { get; init; }

    /// <summary>Null until somebody asks: a look costs a model call.</summary>
    public IReadOnlyList<Finding>? Findings { get; init; }

    /// <summary>A key that was made just now. It is shown on this page and never again.</summary>
    public string? NewKey { get; init; }
}
