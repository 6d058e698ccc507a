namespace Vigil.Gateway.Dashboard.Parts;

/// <summary>The shapes of marks, around the point (0, 0).</summary>
internal static class Marks
{
    private const string Circle = "<circle r=\"4\"/>";
    private const string Dot = "<circle r=\"2\"/>";
    private const string Ring = "<circle r=\"3.2\" class=\"line\"/>";
    private const string Diamond = "<path d=\"M0-5L5 0L0 5L-5 0Z\"/>";
    private const string Cross = "<path d=\"M-3.5-3.5L3.5 3.5M3.5-3.5L-3.5 3.5\" class=\"line thick\"/>";
    private const string Tick = "<path d=\"M0-3.5V3.5\" class=\"line\"/>";
    private const string Square = "<rect x=\"-3.5\" y=\"-3.5\" width=\"7\" height=\"7\" rx=\"1\"/>";
    private const string Triangle = "<path d=\"M0-4.5L4.5 3.5H-4.5Z\"/>";
    private const string Half = "<path d=\"M0-4A4 4 0 0 1 0 4Z\"/><circle r=\"3.6\" class=\"line\"/>";

    /// <summary>Markup of our own; unknown words get a dot.</summary>
    public static string Shape(string word) => word switch
    {
        "spoke" or "posted" or "urgent" => Diamond,
        "answered" or "delivered" or "ok" or "live" => Circle,
        "silent" => Ring,
        "skipped" or "suppressed" => Tick,
        "failed" or "error" or "undeliverable" or "revoked" => Cross,
        "cancelled" or "expired" => Square,
        "running" or "sending" or "held" or "paused" => Half,
        "warn" or "unknown" => Triangle,
        _ => Dot,
    };
}
