using System.ComponentModel;

namespace Vigil.Settings;

/// <summary><c>budget</c>, of the gateway or of one agent.</summary>
public sealed record BudgetSettings
{
    [Description("What may be spent in a day.")]
    public BudgetLimit? Daily { get; init; }

    [Description("What may be spent in a calendar month.")]
    public BudgetLimit? Monthly { get; init; }

    [Description("Never exceeded, whatever onExceeded says.")]
    public BudgetLimit? HardDaily { get; init; }

    [Description("What happens when daily or monthly is used up: stop, cheapest (go on with the cheapest priced model) or warn.")]
    public BudgetAction OnExceeded { get; init; } = BudgetAction.Stop;
}

/// <summary>The limit of a day or of a month.</summary>
public sealed record BudgetLimit
{
    [Description("US dollars.")]
    [Bounds(0)]
    public decimal? Usd { get; init; }

    [Description("Tokens, in and out.")]
    [Bounds(0)]
    public long? Tokens { get; init; }
}

/// <summary>What happens when a limit is reached.</summary>
public enum BudgetAction
{
    Stop,
    Cheapest,
    Warn,
}
