using System.Globalization;
using NodaTime;
using Vigil.Agents;
using Vigil.Models;

namespace Vigil.Ledger;

/// <summary>Makes the ledger line of a model reply.</summary>
public sealed class LedgerClerk(PriceList prices, TimeProvider time)
{
    public LedgerEntry Entry(RunContext run, ModelChoice choice, ModelReply reply) => new()
    {
        At = time.GetUtcNow(),
        Day = Day(time.GetUtcNow(), run.Profile.Timezone),
        Agent = run.Agent,
        Source = run.Source,
        WorkId = run.WorkId,
        RunId = run.RunId,
        Key = run.Key,
        ModelAsked = choice.Asked.ToString(),
        ModelUsed = reply.ModelUsed,
        InputTokens = reply.InputTokens,
        CachedInputTokens = reply.CachedInputTokens,
        OutputTokens = reply.OutputTokens,
        CostUsd = prices.Cost(reply.ModelUsed, SameProvider(reply.ModelUsed, choice), reply.InputTokens, reply.CachedInputTokens, reply.OutputTokens),
        PrimaryCostUsd = run.Profile.Model is { } primary ? prices.Cost(primary, null, reply.InputTokens, reply.CachedInputTokens, reply.OutputTokens) : null,
        Hold = reply.Hold,
    };

    /// <summary>The calendar day in the person's zone: yyyy-MM-dd.</summary>
    public static string Day(DateTimeOffset instant, string timezone)
        => Instant.FromDateTimeOffset(instant).InZone(DateTimeZoneProviders.Tzdb[timezone]).Date.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);

    // A dated name of the model asked for ("gpt-5.4-2026-08-01") is priced as that model; another model never is.
    private static string? SameProvider(string used, ModelChoice choice)
        => used.StartsWith(choice.Asked.ToString(), StringComparison.OrdinalIgnoreCase) ? choice.Asked.ToString() : null;
}
