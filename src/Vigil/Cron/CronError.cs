using Vigil.Errors;

namespace Vigil.Cron;

/// <summary>Why a cron expression is refused.</summary>
/// <param name="Field">minute, hour, day of month, month, day of week, or "expression" when the fault is not in one field.</param>
/// <param name="Column">Where it stands in the text as typed, counted from 1.</param>
/// <param name="BadValue">What stands there; empty when something is missing.</param>
/// <param name="Allowed">What may stand there.</param>
/// <param name="Nearest">The nearest whole expression that would be accepted, if one can be told.</param>
public sealed record CronError(string Field, int Column, string BadValue, string Allowed, string? Nearest, string Problem)
{
    public string Message => $"{Field}, column {Column}: {Problem}. Allowed: {Allowed}.";

    public string? Hint => Nearest is null ? null : $"Nearest that is accepted: {Nearest}";

    public Fault ToFault(string parameter) => new("cron_invalid", Message, Hint, parameter);

    public override string ToString() => Hint is null ? Message : $"{Message} {Hint}";
}
