using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Spectre.Console;
using Vigil.Cli.Terminal;

namespace Vigil.Cli.Commands;

/// <summary>Schedules as people read them.</summary>
internal static class CronText
{
    public static int Print(ParseResult parsed, JsonObject answer, Func<JsonObject, string> text) => parsed.GetValue(Shared.Json) ? Output.Json(answer) : Output.Line(text(answer));

    public static string Summary(JsonObject schedule)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{schedule["name"]} ({schedule["id"]}) of agent {schedule["agent"]}: {schedule["words"]}");
        if (schedule["state"]?.GetValue<string>() is { } state and not "waiting")
            text.Append(CultureInfo.InvariantCulture, $"\nIt is {state}{(schedule["disabledReason"] is { } reason ? $" ({reason})" : "")}.");
        if (schedule["lastError"] is { } error)
            text.Append(CultureInfo.InvariantCulture, $"\nLast error: {error}");
        return schedule["next"] is JsonArray { Count: > 0 } next ? text.Append('\n').Append(Lines(next)).ToString() : text.ToString();
    }

    public static string Slots(JsonObject preview) => $"{preview["words"]}\n{(preview["next"] is JsonArray { Count: > 0 } next ? Lines(next) : "  No slot comes any more.")}";

    public static int Table(JsonArray items, string[] fields)
    {
        var table = Output.Table([.. fields.Select(Heading)]);
        foreach (var item in items)
            table.AddRow([.. fields.Select(field => Output.Cell(Short(item![field])))]);
        Output.Write(table);
        return CommandLine.Done;
    }

    public static int Executions(JsonArray items)
    {
        var table = Output.Table("work", "planned", "started", "took", "try", "outcome", "model", "tokens", "cost", "delivered");
        foreach (var item in items.Select(item => item!.AsObject()))
        {
            var outcome = item["outcome"]?.ToString() ?? item["state"]!.ToString();
            var usage = item["usage"]!;
            table.AddRow(
                Output.Cell(item["work"]), Output.Cell(item["manual"]!.GetValue<bool>() ? "by hand" : Short(item["planned"])), Output.Cell(Short(item["startedAt"])),
                Output.Cell(item["durationMs"] is { } took ? $"{took.GetValue<double>() / 1000:0.0}s" : null), Output.Cell(item["attempt"]),
                Output.Cell(item["reason"] is { } reason ? $"{outcome} ({reason}{(item["count"] is { } count ? $", {Counted.Of(count.GetValue<long>(), "slot")}" : "")})" : outcome),
                Output.Cell(item["model"]!["mismatch"]!.GetValue<bool>() ? $"{item["model"]!["asked"]} ≠ {item["model"]!["used"]}" : item["model"]!["used"] ?? item["model"]!["asked"]),
                Output.Cell(usage["inputTokens"]!.GetValue<long>() + usage["outputTokens"]!.GetValue<long>()), Output.Cell(usage["costUsd"] is { } cost ? $"${cost.GetValue<decimal>():0.####}" : null),
                Output.Cell(item["deliveries"] is JsonArray { Count: > 0 } deliveries ? string.Join(", ", deliveries.Select(one => $"{one!["target"]}: {one["state"]}")) : null));
        }
        Output.Write(table);
        return CommandLine.Done;
    }

    private static string Lines(JsonArray slots)
        => string.Join('\n', slots.Select(slot => $"  {slot!["local"]} {slot["offset"]}   {slot["utc"]}{(slot["planned"] is { } planned ? $"   stands for {planned}, which the clock skips" : "")}"));

    private static string Heading(string field) => field switch
    {
        "nextAt" => "next",
        "words" => "when",
        "lastOutcome" => "last",
        _ => field,
    };

    private static object? Short(JsonNode? value)
        => value is JsonValue text && text.TryGetValue<DateTimeOffset>(out var at) ? at : value?.ToString();
}
