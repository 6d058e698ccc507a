using Vigil.Heartbeat.Probes;

namespace Vigil.Heartbeat;

/// <summary>What a beat's prompt was about, kept from the prompt to the commit.</summary>
/// <param name="Checks">Ids of the checks that were in it.</param>
internal sealed record PromptRecord(IReadOnlyList<string> Checks, IReadOnlyList<ProbeLook> Looks)
{
    public static PromptRecord Of(BeatFindings findings) => new([.. findings.Due.Select(check => check.Id)], findings.Looks);
}
