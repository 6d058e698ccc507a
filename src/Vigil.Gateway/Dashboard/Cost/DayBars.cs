using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Components;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Ledger;

namespace Vigil.Gateway.Dashboard.Cost;

/// <summary>Bars of a cost page. Each stands beside a table or a sentence with the same numbers.</summary>
internal static class DayBars
{
    private const int Height = 150;
    private const int Floor = 128;
    private const int Ceiling = 14;
    private const double Gap = 0.22;
    private const int LabelsAtMost = 6;

    /// <summary>One bar a day, as high as it cost.</summary>
    public static MarkupString Days(IReadOnlyList<SpendRow> days)
    {
        var most = days.Max(day => day.CostUsd);
        var svg = new StringBuilder(4096).Append(CultureInfo.InvariantCulture, $"<svg class=\"bars\" height=\"{Height}\" aria-hidden=\"true\" focusable=\"false\">");
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"rule\" x1=\"0\" x2=\"100%\" y1=\"{Ceiling}\" y2=\"{Ceiling}\"/><line class=\"rule\" x1=\"0\" x2=\"100%\" y1=\"{Floor}\" y2=\"{Floor}\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{Ceiling - 4}\">{Local.Usd(most)}</text>");
        var width = 100.0 / days.Count;
        var every = (int)Math.Ceiling(days.Count / (double)LabelsAtMost);
        for (var i = 0; i < days.Count; i++)
        {
            var height = most == 0 ? 0 : (double)(days[i].CostUsd / most) * (Floor - Ceiling);
            var x = i * width;
            if (height > 0)
                svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"bar\" x=\"{Local.Svg(x + (width * Gap / 2))}%\" width=\"{Local.Svg(width * (1 - Gap))}%\" y=\"{Local.Svg(Floor - height)}\" height=\"{Local.Svg(height)}\" rx=\"2\"><title>{days[i].Group}: {Local.Usd(days[i].CostUsd)}, {Counted.Of(days[i].Calls, "call")}</title></rect>");
            // Counted from the newest day, which is the one that people look for.
            if ((days.Count - 1 - i) % every == 0)
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Local.Svg(x + (width / 2))}%\" y=\"{Height - 6}\" text-anchor=\"{(i == days.Count - 1 ? "end" : "middle")}\">{days[i].Group[5..]}</text>");
        }
        return new MarkupString(svg.Append("</svg>").ToString());
    }

    public static MarkupString Share(double share) => new(string.Create(CultureInfo.InvariantCulture,
        $"<svg class=\"bars\" height=\"10\" aria-hidden=\"true\" focusable=\"false\"><rect class=\"track\" width=\"100%\" height=\"10\" rx=\"5\"/><rect class=\"bar{(share >= 1 ? " over" : "")}\" width=\"{Local.Svg(Math.Clamp(share, 0, 1) * 100)}%\" height=\"10\" rx=\"5\"/></svg>"));
}
