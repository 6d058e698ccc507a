using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Components;
using NodaTime;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Today;

/// <summary>
/// One agent's day as a drawing: beats and wakes above, everything else below. It is as wide as its place, so positions across are in percent; marks keep their shape.
/// Screen readers are given the table beside it instead.
/// </summary>
internal static class DayStrip
{
    private const int BeatLane = 16;
    private const int OtherLane = 40;
    private const int Floor = 54;
    private const int Height = 72;
    private const int HourStep = 3;
    private const int CoarseStep = 6;

    public static MarkupString Draw(AgentDay day, TodayModel model, DateTimeOffset now, DateTimeZone zone)
    {
        var svg = new StringBuilder(4096);
        svg.Append(CultureInfo.InvariantCulture, $"<svg class=\"strip\" height=\"{Height}\" aria-hidden=\"true\" focusable=\"false\">");
        foreach (var (from, to) in day.Hours)
            svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"hours\" x=\"{X(from)}%\" width=\"{Local.Svg(Share(to) - Share(from))}%\" y=\"0\" height=\"{Floor}\" rx=\"4\"/>");
        Rule(svg, model, zone, X);
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"base\" x1=\"0\" x2=\"100%\" y1=\"{Floor}\" y2=\"{Floor}\"/>");
        foreach (var mark in day.Marks.OrderBy(Weight))
            Mark(svg, mark, zone, X(mark.At));
        if (model.IsToday)
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"now\" x1=\"{X(now)}%\" x2=\"{X(now)}%\" y1=\"0\" y2=\"{Floor}\"/>");
        foreach (var next in new[] { day.NextBeat, day.NextSchedule }.OfType<DateTimeOffset>().Where(at => at > now && at < model.End))
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"next\" x1=\"{X(next)}%\" x2=\"{X(next)}%\" y1=\"0\" y2=\"{Floor}\"><title>Next due {Local.Clock(next, zone)}</title></line>");
        return new MarkupString(svg.Append("</svg>").ToString());

        double Share(DateTimeOffset at) => Math.Clamp((at - model.Start) / (model.End - model.Start), 0, 1) * 100;

        string X(DateTimeOffset at) => Local.Svg(Share(at));
    }

    /// <summary>A mark in words: what a pointer sees and what the table says.</summary>
    public static string Words(DayMark mark) => mark switch
    {
        { Outcome: null } => $"{mark.Source}: running",
        { Reason: { } reason } => $"{mark.Source}: {Gateway.Words.Of(mark.Outcome!.Value)}, {reason}",
        _ => $"{mark.Source}: {Gateway.Words.Of(mark.Outcome!.Value)}",
    };

    private static void Rule(StringBuilder svg, TodayModel model, DateTimeZone zone, Func<DateTimeOffset, string> x)
    {
        for (var hour = 0; hour <= 24; hour += HourStep)
        {
            var at = hour == 24 ? model.End : zone.AtLeniently(model.Day.At(new LocalTime(hour, 0))).ToDateTimeOffset();
            var detail = hour % CoarseStep == 0 ? "" : " class=\"fine\"";
            var anchor = hour switch { 0 => "start", 24 => "end", _ => "middle" };
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"rule\" x1=\"{x(at)}%\" x2=\"{x(at)}%\" y1=\"0\" y2=\"{Floor}\"/><text{detail} x=\"{x(at)}%\" y=\"{Height - 3}\" text-anchor=\"{anchor}\">{hour:00}</text>");
        }
    }

    private static void Mark(StringBuilder svg, DayMark mark, DateTimeZone zone, string x)
    {
        var word = mark.Outcome is { } outcome ? Gateway.Words.Of(outcome) : "running";
        var lane = mark.Source is WorkSources.Heartbeat or WorkSources.Wake ? BeatLane : OtherLane;
        var times = mark.Works > 1 ? string.Create(CultureInfo.InvariantCulture, $" ({mark.Works} times)") : "";
        var title = HtmlEncoder.Default.Encode($"{Local.Clock(mark.At, zone)} {Words(mark)}{times}");
        // Not in the order of the tab key: the table has the same links, and nobody wants to step through fifty beats.
        svg.Append(CultureInfo.InvariantCulture, $"<a href=\"/work/{UrlEncoder.Default.Encode(mark.LastWork)}\" tabindex=\"-1\"><svg x=\"{x}%\" y=\"{lane}\" class=\"mark {word}\"><title>{title}</title><rect x=\"-6\" y=\"-9\" width=\"12\" height=\"18\"/>{Marks.Shape(word)}</svg></a>");
    }

    // What matters is drawn last and lies on top.
    private static int Weight(DayMark mark) => mark.Outcome switch
    {
        Outcome.Skipped => 0,
        Outcome.Silent => 1,
        Outcome.Cancelled => 2,
        Outcome.Answered => 3,
        Outcome.Spoke => 4,
        null => 5,
        _ => 6,
    };
}
