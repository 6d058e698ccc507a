namespace Vigil.Heartbeat.Probes;

/// <summary>What a probe saw when the model last got to know of it.</summary>
/// <param name="Failure">Set while it fails and the model was told.</param>
public sealed record ProbeRecord(string? Fingerprint, string? Failure, DateTimeOffset At, string? Saw, string? Memo)
{
    /// <summary>The fingerprint for which a watch woke the agent since a beat last told it.</summary>
    public string? Announced { get; init; }

    /// <summary>How often a watch woke the agent: each wake has a key of its own, also when the world comes back to a state that it was in before.</summary>
    public int Announcements { get; init; }

    /// <summary>What the agent takes the world for.</summary>
    public string? Told => Announced ?? Fingerprint;
}

/// <summary>One look of a probe beside what it saw before.</summary>
/// <param name="Text">What the model gets to read, cut to size.</param>
internal sealed record ProbeLook(string Probe, DateTimeOffset At, string? Fingerprint, string? Failure, string Text, string? Memo, bool IsNews, bool HasRecovered)
{
    private const int SawLength = 200;

    /// <summary>What is remembered once the model has seen this.</summary>
    public ProbeRecord Record(ProbeRecord? before) => Failure is not null
        ? (before ?? new ProbeRecord(null, null, At, null, null)) with { Failure = Failure, At = At }
        : new ProbeRecord(Fingerprint, null, At, Text.Length <= SawLength ? Text : string.Concat(Text.AsSpan(0, SawLength), "…"), Memo) { Announcements = before?.Announcements ?? 0 };
}
