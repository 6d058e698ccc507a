namespace Vigil.Gateway.Logs;

/// <summary>How the log is written.</summary>
/// <param name="Json">One JSON object a line, for machines; else plain text for people.</param>
/// <param name="Redact">Takes known secrets out of a line before it is written.</param>
public sealed record LogOptions(bool Json, Func<string, string> Redact);
