using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Agents;

namespace Vigil.Cli.Commands;

/// <summary>One agent as people read it.</summary>
internal static class AgentText
{
    public static int Print(AgentDetail detail, bool all)
    {
        var agent = detail.Agent;
        Output.Line($"{agent.Id}{(agent.Name is { } name ? $" ({name})" : "")}{(agent.IsDefault ? ", the default agent" : "")}{(agent.State == "ok" ? "" : $", {agent.State}")}");
        foreach (var problem in detail.Problems)
            Output.Line($"  {problem}");
        if (agent.State == "stale")
            Output.Line("  The last good settings stay in force.");
        Output.Line($"files      {detail.Paths.Directory}");
        Output.Line($"secrets    {detail.Paths.Secrets}");
        Output.Line($"model      {agent.Model ?? "none"}");
        Output.Line($"today      {Cost(agent)}");
        if (agent.Heartbeat is { } beat)
            Output.Line($"heartbeat  {(beat.Enabled ? $"every {beat.Every}, last {At(beat.LastAt)}, next {At(beat.NextAt)}" : "off")}");
        Output.Line($"unfinished {Counted.Of(detail.Unfinished, "work")}");
        foreach (var route in detail.Routes)
            Output.Line($"route      {route.Index}: {RouteCommands.Words(route.Match)}{(route.ShadowedBy is { } shadow ? $" (never reached: route {shadow} comes first)" : "")}");
        foreach (var schedule in detail.Schedules)
            Output.Line($"schedule   {schedule.Name}: {schedule.Words}{(schedule.Enabled ? $", next {At(schedule.NextAt)}" : ", disabled")}");
        if (detail.Soul is { Length: > 0 } soul)
            Output.Line($"\n{soul}");
        var shown = detail.Settings.Where(setting => all || setting.From != "default").ToList();
        if (shown.Count > 0)
        {
            Output.Line("");
            var table = Output.Table("key", "value", "from");
            foreach (var setting in shown)
                table.AddRow(Output.Cell(setting.Key), Output.Cell(Value(setting.Value)), Output.Cell(setting.From));
            Output.Write(table);
        }
        if (!all)
            Output.Note("Keys that nobody set: --all");
        return CommandLine.Done;
    }

    public static string Cost(AgentView agent)
    {
        var cost = string.Create(CultureInfo.InvariantCulture, $"${agent.CostTodayUsd:0.00##}");
        return agent.UnpricedToday == 0 ? cost : string.Create(CultureInfo.InvariantCulture, $"{cost} + {Counted.Of(agent.UnpricedToday, "call")} without a price");
    }

    private static string At(DateTimeOffset? at) => at is { } known ? PersonTime.Of(known) : "-";

    private static string? Value(JsonNode? value) => value is JsonArray list ? string.Join(", ", list.Select(item => item?.ToString())) : value?.ToString();
}
