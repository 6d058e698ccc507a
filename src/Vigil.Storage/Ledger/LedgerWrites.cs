using Vigil.Ledger;
using Vigil.Storage.Engine;

namespace Vigil.Storage.Ledger;

/// <summary>A line and its day's sums, inside somebody's transaction.</summary>
internal static class LedgerWrites
{
    private const decimal Unit = 1_000_000_000_000m;

    public static async Task AddAsync(Db db, LedgerEntry entry)
    {
        var (cost, primary) = (ToUnits(entry.CostUsd), ToUnits(entry.PrimaryCostUsd));
        if (entry.Key is not null)
            await db.RunLastAsync("INSERT INTO key_spend (key, day, cost) VALUES (@key, @day, @spent) ON CONFLICT (key, day) DO UPDATE SET cost = key_spend.cost + excluded.cost",
                ("key", entry.Key), ("day", entry.Day), ("spent", cost ?? 0));
        await db.RunLastAsync(
            """
            INSERT INTO ledger (at, day, agent, source, work, run, model_asked, model_used, input_tokens, cached_input_tokens, output_tokens, cost, primary_cost)
            VALUES (@at, @day, @agent, @source, @work, @run, @asked, @used, @input, @cached, @output, @cost, @primary)
            """,
            ("at", entry.At.Ms()), ("day", entry.Day), ("agent", entry.Agent.Value), ("source", entry.Source), ("work", entry.WorkId), ("run", entry.RunId), ("asked", entry.ModelAsked),
            ("used", entry.ModelUsed), ("input", entry.InputTokens), ("cached", entry.CachedInputTokens), ("output", entry.OutputTokens), ("cost", cost), ("primary", primary));
        await db.RunLastAsync(
            """
            INSERT INTO spend_day (day, agent, source, model, calls, input_tokens, cached_input_tokens, output_tokens, cost, unknown_calls, primary_cost)
            VALUES (@day, @agent, @source, @used, 1, @input, @cached, @output, @spent, @unknown, @compared)
            ON CONFLICT (day, agent, source, model) DO UPDATE SET calls = spend_day.calls + 1, input_tokens = spend_day.input_tokens + excluded.input_tokens,
              cached_input_tokens = spend_day.cached_input_tokens + excluded.cached_input_tokens, output_tokens = spend_day.output_tokens + excluded.output_tokens,
              cost = spend_day.cost + excluded.cost, unknown_calls = spend_day.unknown_calls + excluded.unknown_calls, primary_cost = spend_day.primary_cost + excluded.primary_cost
            """,
            ("day", entry.Day), ("agent", entry.Agent.Value), ("source", entry.Source), ("used", entry.ModelUsed), ("input", entry.InputTokens), ("cached", entry.CachedInputTokens),
            ("output", entry.OutputTokens), ("spent", cost ?? 0), ("unknown", cost is null ? 1L : 0L),
            // Where the comparison is unknown it equals the cost, so that it adds nothing to what seems saved.
            ("compared", primary ?? cost ?? 0));
        await EndHoldAsync(db, entry.Hold);
    }

    /// <summary>What was held for the call is spent now, or will never be.</summary>
    public static Task EndHoldAsync(Db db, string? hold)
        => hold is null ? Task.CompletedTask : db.RunLastAsync("DELETE FROM budget_hold WHERE id = @id", ("id", hold));

    public static decimal ToUsd(decimal units) => units / Unit;

    public static long? ToUnits(decimal? usd) => usd is { } value ? (long)decimal.Round(value * Unit) : null;
}
