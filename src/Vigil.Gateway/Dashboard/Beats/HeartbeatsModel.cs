using Vigil.Agents;
using Vigil.Heartbeat;

namespace Vigil.Gateway.Dashboard.Beats;

/// <param name="Next">The cursor of further agents.</param>
/// <param name="Find">What ids or names must hold; null when nothing was asked for.</param>
/// <param name="IsPart">There are more than those shown.</param>
/// <param name="IsLater">It does not begin with the first ones.</param>
public sealed record HeartbeatsModel(IReadOnlyList<HeartbeatRow> Rows, string? Next, string? Find, bool IsPart, bool IsLater);

/// <summary>One agent's heartbeat in the list.</summary>
/// <param name="Status">Null when the agent cannot serve.</param>
/// <param name="Problem">Why it cannot, or why its checklist cannot be read.</param>
public sealed record HeartbeatRow(AgentId Agent, string? Name, BeatStatus? Status, int Checks, DateTimeOffset? NextCheck, string? Problem);

/// <summary>One agent's heartbeat with its checklist open.</summary>
public sealed record HeartbeatModel
{
    public required AgentProfile Profile { get; init; }

    public required BeatStatus Status { get; init; }

    /// <summary>How the shown text is understood; null when it cannot be.</summary>
    public BeatOutlook? Outlook { get; init; }

    public required IReadOnlyList<ProbeOutlook> Probes { get; init; }

    /// <summary>The text in the editor.</summary>
    public required string Text { get; init; }

    /// <summary>Of the text that the editor began with.</summary>
    public required string Version { get; init; }

    /// <summary>Why the text could not be read, understood or saved.</summary>
    public string? Problem { get; init; }

    /// <summary>What the file holds, when it is shown beside a text that was not saved over it.</summary>
    public string? Stored { get; init; }

    /// <summary>The text is not what the file holds.</summary>
    public bool IsDraft { get; init; }
}
