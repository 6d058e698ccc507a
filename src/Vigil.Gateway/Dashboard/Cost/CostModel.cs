using Vigil.Gateway.Dashboard.Parts;
using Vigil.Ledger;
using Vigil.Settings;

namespace Vigil.Gateway.Dashboard.Cost;

/// <summary>What was spent from one day to another, both included.</summary>
public sealed record CostModel
{
    public required string From { get; init; }

    public required string To { get; init; }

    /// <summary>One for each day of the time, those without a call too.</summary>
    public required IReadOnlyList<SpendRow> Days { get; init; }

    public required IReadOnlyList<SpendRow> Agents { get; init; }

    public required IReadOnlyList<SpendRow> Sources { get; init; }

    public required IReadOnlyList<SpendRow> Models { get; init; }

    public required SpendRow Total { get; init; }

    public required Savings Savings { get; init; }

    public required IReadOnlyList<BudgetBar> Budgets { get; init; }

    public required string PricesOf { get; init; }

    public required PageQuery Query { get; init; }
}

/// <param name="Whose">the whole gateway, or an agent.</param>
/// <param name="What">today, today at most, this month.</param>
public sealed record BudgetBar(string Whose, string What, BudgetLimit Limit, SpendRow Spent)
{
    /// <summary>The greater share of the two limits, 1 for all of it.</summary>
    public double Share => Math.Max(
        Limit.Usd is { } usd ? (usd == 0 ? 1 : (double)(Spent.CostUsd / usd)) : 0,
        Limit.Tokens is { } tokens ? (tokens == 0 ? 1 : (double)(Spent.InputTokens + Spent.OutputTokens) / tokens) : 0);
}
