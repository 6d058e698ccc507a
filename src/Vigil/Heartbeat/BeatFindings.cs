using Vigil.Heartbeat.Probes;

namespace Vigil.Heartbeat;

/// <summary>What the gates found for the prompt of the same beat.</summary>
/// <param name="Due">Checks that the model is asked about.</param>
/// <param name="Looks">What the probes of due checks saw, news or not.</param>
internal sealed record BeatFindings(IReadOnlyList<Check> Due, IReadOnlyList<ProbeLook> Looks)
{
    public IEnumerable<ProbeLook> News => Looks.Where(look => look.IsNews);
}
