using System.Text;
using Vigil.Errors;

namespace Vigil.Heartbeat;

/// <summary>What HEARTBEAT.md asks for. See <c>docs/heartbeat.md</c> for the syntax.</summary>
public sealed record Checklist(IReadOnlyList<Check> Checks, IReadOnlyList<ChecklistFinding> Findings)
{
    public const int MaxBytes = 64 * 1024;

    public static Checklist Empty { get; } = new([], []);

    /// <summary>Nothing to look at: no file, or only blanks, headings, comments, fence marks, empty bullets and ticked boxes.</summary>
    public bool IsEmpty => Checks.Count == 0;

    /// <summary>
    /// Reads any text. The one thing that fails is a text above <see cref="MaxBytes"/>, since half a list would pass for a whole one.
    /// </summary>
    /// <param name="probes">The probes in the agent's settings; null when names are not to be checked.</param>
    public static ChecklistReading Read(string? text, IReadOnlyCollection<string>? probes = null)
    {
        if (string.IsNullOrWhiteSpace(text))
            return new ChecklistReading(Empty, null);
        if (text.Length > MaxBytes || Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            return new ChecklistReading(null, new Fault("checklist_too_large", $"HEARTBEAT.md is larger than {MaxBytes / 1024} KiB.",
                "Move what is not a check into other files of the workspace.")
            {
                Kind = FaultKind.TooLarge,
            });
        }
        return new ChecklistReading(new ChecklistParser(probes).Parse(text), null);
    }
}

/// <param name="Checklist">What was read, or null with the fault that says why not.</param>
public sealed record ChecklistReading(Checklist? Checklist, Fault? Fault);

/// <summary>One thing to look at.</summary>
/// <param name="Id">Depends on the words alone: not on tags, place, indentation or the other checks, but for a number when the same words stand twice.</param>
/// <param name="Text">The words without bullet, box and understood tags; further lines of the check follow, indentation kept.</param>
/// <param name="Probe">The probe that is asked first, by its name in agent.json.</param>
/// <param name="Line">Counted from 1.</param>
public sealed record Check(string Id, string Text, CheckCadence Cadence, string? Probe, int Line);

/// <summary>Something in the file that was not understood as it was probably meant.</summary>
/// <param name="GoodValue">What would be understood there.</param>
public sealed record ChecklistFinding(int Line, string Problem, string GoodValue)
{
    public override string ToString() => $"HEARTBEAT.md:{Line}: {Problem}. A good value: {GoodValue}.";
}
