namespace Vigil.Heartbeat.Probes;

/// <summary>What a probe saw when the model last got to know of it.</summary>
/// <param name="Failure">Set while it fails and the model was told.</param>
public sealed record ProbeRecord(string? Fingerprint, string? Failure, DateTimeOffset At, string? Saw, string? Memo)
{
    /// <summary>The fingerprint for which a watch woke the agent already.</summary>
    public string? Announced { get; init; }
}

/// <summary>One look of a probe beside what it saw before.</summary>
/// <param name="Text">What the model gets to read, cut to size.</param>
internal sealed record ProbeLook(string Probe, DateTimeOffset At, string? Fingerprint, string? Failure, string Text, string? Memo, bool IsNews, bool HasRecovered)
{
    private const int SawLength = 200;

    /// <summary>What is remembered once the model has seen this.</summary>
    public ProbeRecord Record(ProbeRecord? before) => Failure is not null
        ? new ProbeRecord(before?.Fingerprint, Failure, At, before?.Saw, before?.Memo)
        : new ProbeRecord(Fingerprint, null, At, Text.Length <= SawLength ? Text : string.Concat(Text.AsSpan(0, SawLength), "…"), Memo);
}
