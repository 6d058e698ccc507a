using System.Globalization;
using NodaTime;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Keys;
using Vigil.Models;
using Vigil.Settings;

namespace Vigil.Ledger;

/// <summary>
/// Holds API keys to what they may spend a day: for chat, and for the works that they admitted. The day is that of the agent's zone. As with other budgets a call counts
/// with its worst case while it runs, so that calls beside each other do not pass the limit together.
/// </summary>
public sealed class KeyBudget(IKeyStore keys, IBudgetHolds holds, PriceList prices, TimeProvider time)
{
    /// <summary>The code of the fault that a used-up key answers with.</summary>
    public const string ExceededCode = "key_spend_limit";

    private const decimal Million = 1_000_000m;

    /// <exception cref="FaultException">The key has spent its day's money.</exception>
    public async Task RequireAsync(string key, decimal limit, AgentProfile profile, CancellationToken cancellationToken)
    {
        if ((await holds.LookAsync([Today(key, profile)], cancellationToken))[0].Usd >= limit)
            throw Exceeded(limit, profile);
    }

    /// <summary>Holds the worst case of a call until it is in the ledger; false when no limit holds for the run.</summary>
    /// <param name="hold">The id under which it is held; the ledger line of the call carries it.</param>
    /// <param name="input">Counts the call's tokens; asked only where a limit holds, for it reads the whole conversation.</param>
    /// <exception cref="FaultException">The call could pass the limit, or nobody knows its price.</exception>
    internal async Task<bool> ReserveAsync(ModelCall call, Func<ModelCall, long> input, string hold, CancellationToken cancellationToken)
    {
        if (call.Run.Key is not { } key || await keys.SpendPerDayAsync(key, cancellationToken) is not { } limit)
            return false;
        var (profile, model) = (call.Run.Profile, call.Choice.Asked.ToString());
        if (prices.Find(model) is not { } price)
        {
            throw new FaultException(new Fault("price_unknown", $"This key has a daily limit, and the price of {model} is not known.",
                "Set models.prices in vigil.json, or name another model.", "model") { Kind = FaultKind.Forbidden });
        }
        var cost = Worst(price, input(call), call.Options.MaxOutputTokens ?? BudgetGuard.MaxOutput);
        var today = Today(key, profile);
        return await Room.TryAsync(() => holds.HoldAsync([today], spent => Fit(spent[0]), cancellationToken), fit => fit == KeyFit.Crowded, time, cancellationToken) switch
        {
            KeyFit.Fits => true,
            KeyFit.Crowded => throw Crowded(limit),
            _ => throw Exceeded(limit, profile),
        };

        (KeyFit, BudgetHold?) Fit(Spending spent)
        {
            if (spent.Usd + cost > limit)
                return (KeyFit.UsedUp, null);
            return spent.Usd + spent.HeldUsd + cost > limit ? (KeyFit.Crowded, null) : (KeyFit.Fits, new BudgetHold(hold, [today.Scope], cost, 0));
        }
    }

    private SpendLook Today(string key, AgentProfile profile)
    {
        var day = LedgerClerk.Day(time.GetUtcNow(), profile.Timezone);
        return new SpendLook(SpendScope.OfKey(key), day, day);
    }

    private FaultException Exceeded(decimal limit, AgentProfile profile)
    {
        var now = time.GetUtcNow();
        var zone = DateTimeZoneProviders.Tzdb[profile.Timezone];
        var resets = zone.AtStartOfDay(Instant.FromDateTimeOffset(now).InZone(zone).Date.PlusDays(1)).ToInstant().ToDateTimeOffset();
        return new FaultException(new Fault(ExceededCode, $"This key may spend {Usd(limit)} USD a day, and that is used up, or this call could pass it.", $"It begins anew at {resets:u}.")
        {
            Kind = FaultKind.TooMany,
        })
        {
            RetryAfter = resets - now,
        };
    }

    private static FaultException Crowded(decimal limit) => new(new Fault(ExceededCode,
        $"This key may spend {Usd(limit)} USD a day, and its calls that run now could use that up.", "Ask again when they have ended.") { Kind = FaultKind.TooMany })
    {
        RetryAfter = Room.WaitedFor,
    };

    private static string Usd(decimal limit) => limit.ToString("0.##########", CultureInfo.InvariantCulture);

    private static decimal Worst(PriceSettings price, long input, long output) => ((input * price.Input) + (output * price.Output)) / Million;

    private enum KeyFit
    {
        Fits,
        Crowded,
        UsedUp,
    }
}
