using NodaTime;
using Vigil.Heartbeat;
using Vigil.Settings.Reading;

namespace Vigil.Settings.Rules;

/// <summary>What holds for sections that stand in vigil.json as well as in agent.json.</summary>
internal static class CommonRules
{
    public static void Heartbeat(
        Findings findings, KeyPath key, HeartbeatSettings heartbeat, ModelRules models, IReadOnlyDictionary<string, IReadOnlySet<string>> channels)
    {
        models.Model(key / "model", heartbeat.Model);
        models.Model(key / "escalate", heartbeat.Escalate);
        Target(findings, key / "deliver", heartbeat.Deliver, channels);
        if (heartbeat.ActiveHours is not { } hours)
            return;
        foreach (var problem in ActiveHours.Read(hours, DateTimeZone.Utc).Problems)
            Hours(findings, key / "activeHours", problem);
    }

    public static void QuietHours(Findings findings, KeyPath key, HoursSettings? hours)
    {
        foreach (var problem in Notify.QuietHours.Read(hours, DateTimeZone.Utc).Problems)
            Hours(findings, key, problem);
    }

    public static void Target(Findings findings, KeyPath key, string? target, IReadOnlyDictionary<string, IReadOnlySet<string>> channels)
    {
        if (target?.Split(':', 2) is not [var kind, var name])
            return;
        if (channels.TryGetValue(kind, out var names) && names.Contains(name))
            return;
        var known = channels.SelectMany(channel => channel.Value.Select(one => $"{channel.Key}:{one}")).Order(StringComparer.Ordinal).ToList();
        var near = Errors.Nearest.To(target, known.Append("owner")) ?? "owner";
        findings.Add(key, $"names a channel that notify.channels does not have{(known.Count == 0 ? "" : $"; there are {string.Join(", ", known)}")}", $"\"{near}\"");
    }

    public static void Budget(Findings findings, KeyPath key, BudgetSettings budget)
    {
        foreach (var (name, limit) in new[] { ("daily", budget.Daily), ("monthly", budget.Monthly), ("hardDaily", budget.HardDaily) })
        {
            if (limit is { Usd: null, Tokens: null } && !findings.Has(key / name))
                findings.Add(key / name, "limits nothing; name usd or tokens", "{ \"usd\": 2.00 }");
        }
        if (budget is { HardDaily.Usd: { } hard, Daily.Usd: { } daily } && hard < daily)
            findings.Add(key / "hardDaily" / "usd", "is below daily", daily.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (budget is { HardDaily.Tokens: { } hardTokens, Daily.Tokens: { } dailyTokens } && hardTokens < dailyTokens)
            findings.Add(key / "hardDaily" / "tokens", "is below daily", dailyTokens.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public static void Mcp(Findings findings, KeyPath key, IReadOnlyDictionary<string, McpServerSettings> servers)
    {
        foreach (var (name, server) in servers)
        {
            if (server is { Command: null, Url: null })
                findings.Add(key / name / "command", "is missing; name a program to start, or a url", "\"npx\"");
            else if (server is { Command: not null, Url: not null })
                findings.Add(key / name / "url", "stands beside command; an MCP server has one of the two");
        }
    }

    // The reader of hours names keys of its own block; forms it shares with the formats were reported when the text was bound.
    private static void Hours(Findings findings, KeyPath key, HoursProblem problem)
    {
        foreach (var name in problem.Key.Split('.'))
            key /= name;
        if (!findings.Has(key))
            findings.Add(key, problem.Problem.Split(';')[0], $"\"{problem.GoodValue}\"");
    }
}
