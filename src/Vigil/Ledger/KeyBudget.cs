using System.Collections.Concurrent;
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
public sealed class KeyBudget(IKeyStore keys, ILedger ledger, PriceList prices, TimeProvider time) : IDisposable
{
    /// <summary>The code of the fault that a used-up key answers with.</summary>
    public const string ExceededCode = "key_spend_limit";

    private const decimal Million = 1_000_000m;

    private readonly ConcurrentDictionary<string, decimal> _inFlight = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _judging = new(1, 1);

    public void Dispose() => _judging.Dispose();

    /// <exception cref="FaultException">The key has spent its day's money.</exception>
    public async Task RequireAsync(string key, decimal limit, AgentProfile profile, CancellationToken cancellationToken)
    {
        if (await SpentAsync(key, profile, cancellationToken) >= limit)
            throw Exceeded(limit, profile);
    }

    /// <summary>Holds the worst case of a call until it has ended; null when no limit holds for the run.</summary>
    /// <param name="input">Counts the call's tokens; asked only where a limit holds, for it reads the whole conversation.</param>
    /// <exception cref="FaultException">The call could pass the limit, or nobody knows its price.</exception>
    internal async Task<IDisposable?> ReserveAsync(ModelCall call, Func<ModelCall, long> input, CancellationToken cancellationToken)
    {
        if (call.Run.Key is not { } key || await keys.SpendPerDayAsync(key, cancellationToken) is not { } limit)
            return null;
        var (profile, model) = (call.Run.Profile, call.Choice.Asked.ToString());
        if (prices.Find(model) is not { } price)
        {
            throw new FaultException(new Fault("price_unknown", $"This key has a daily limit, and the price of {model} is not known.",
                "Set models.prices in vigil.json, or name another model.", "model") { Kind = FaultKind.Forbidden });
        }
        var cost = Worst(price, input(call), call.Options.MaxOutputTokens ?? BudgetGuard.MaxOutput);
        // Calls that look at one moment would all see what is left.
        await _judging.WaitAsync(cancellationToken);
        try
        {
            if (await SpentAsync(key, profile, cancellationToken) + cost > limit)
                throw Exceeded(limit, profile);
            return new Reservation(_inFlight, key, cost);
        }
        finally
        {
            _judging.Release();
        }
    }

    private async Task<decimal> SpentAsync(string key, AgentProfile profile, CancellationToken cancellationToken)
        => await ledger.KeySpendAsync(key, LedgerClerk.Day(time.GetUtcNow(), profile.Timezone), cancellationToken) + _inFlight.GetValueOrDefault(key);

    private FaultException Exceeded(decimal limit, AgentProfile profile)
    {
        var now = time.GetUtcNow();
        var zone = DateTimeZoneProviders.Tzdb[profile.Timezone];
        var resets = zone.AtStartOfDay(Instant.FromDateTimeOffset(now).InZone(zone).Date.PlusDays(1)).ToInstant().ToDateTimeOffset();
        var usd = limit.ToString("0.##########", CultureInfo.InvariantCulture);
        return new FaultException(new Fault(ExceededCode, $"This key may spend {usd} USD a day, and that is used up, or this call could pass it.", $"It begins anew at {resets:u}.")
        {
            Kind = FaultKind.TooMany,
        })
        {
            RetryAfter = resets - now,
        };
    }

    private static decimal Worst(PriceSettings price, long input, long output) => ((input * price.Input) + (output * price.Output)) / Million;

    private sealed class Reservation : IDisposable
    {
        private readonly ConcurrentDictionary<string, decimal> _held;
        private readonly string _key;
        private readonly decimal _cost;

        public Reservation(ConcurrentDictionary<string, decimal> held, string key, decimal cost)
        {
            (_held, _key, _cost) = (held, key, cost);
            _held.AddOrUpdate(key, cost, (_, sum) => sum + cost);
        }

        public void Dispose()
        {
            // What nobody holds any more is removed: keys come and go.
            if (_held.AddOrUpdate(_key, 0, (_, sum) => sum - _cost) <= 0)
                _held.TryRemove(new KeyValuePair<string, decimal>(_key, 0));
        }
    }
}
