using System.Collections.Concurrent;
using System.Globalization;
using NodaTime;
using Vigil.Agents;
using Vigil.Models;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Ledger;

/// <summary>What budgets say about a call that is about to be made.</summary>
/// <param name="Action">Stop, cheapest or warn; null when nothing is exceeded.</param>
/// <param name="Exceeded">Which limit the call could pass, for people: "2 USD a day of agent main".</param>
/// <param name="Until">When the period ends in which it is exceeded.</param>
/// <param name="Scope">gateway, or the agent's id.</param>
/// <param name="Period">The day or month, as it stands in ids.</param>
/// <param name="Unpriced">A money budget holds and the model has no known price.</param>
public sealed record BudgetVerdict(BudgetAction? Action, string? Exceeded, DateTimeOffset Until, string Scope, string Period, bool Unpriced)
{
    /// <summary>The end of the period as its person reads it.</summary>
    internal string UntilIn(AgentProfile profile) => LocalText.In(Instant.FromDateTimeOffset(Until), DateTimeZoneProviders.Tzdb[profile.Timezone]);

    internal static BudgetVerdict Within(bool unpriced) => new(null, null, default, "", "", unpriced);
}

/// <summary>
/// Compares what was spent, what is being spent, and the worst case of one more call with the budgets of the agent and of the whole gateway. Days and months are those of the
/// person's zone; since spend is kept by day, a new day needs no reset and a restart forgets nothing.
/// </summary>
public sealed class BudgetGuard(ILedger ledger, PriceList prices, ISettings settings, TimeProvider time) : IDisposable
{
    /// <summary>How long a reply may be where a budget holds and the caller set no limit: a worst case needs one.</summary>
    public const int MaxOutput = 4_096;

    private const decimal Million = 1_000_000m;

    private readonly ConcurrentDictionary<string, Cost> _inFlight = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _judging = new(1, 1);

    public void Dispose() => _judging.Dispose();

    public bool Applies(AgentProfile profile) => Holds(profile.Budget) || Holds(settings.Current.Budget);

    /// <summary>The first limit that the call could pass; one that stops wins over others.</summary>
    public async Task<BudgetVerdict> JudgeAsync(AgentProfile profile, string model, long input, long output, CancellationToken cancellationToken)
    {
        var price = prices.Find(model);
        var cost = CostOf(price, input, output);
        var gateway = settings.Current.Budget;
        var unpriced = price is null && (HoldsMoney(profile.Budget) || HoldsMoney(gateway));
        BudgetVerdict? milder = null;
        foreach (var (scope, budget) in new[] { (Scope: profile.Id.Value, Budget: profile.Budget), (Scope: "", Budget: gateway) })
        {
            var limits = new[] { (budget.HardDaily, Action: BudgetAction.Stop, Month: false), (budget.Daily, Action: budget.OnExceeded, Month: false), (budget.Monthly, Action: budget.OnExceeded, Month: true) };
            foreach (var (limit, action, month) in limits)
            {
                if (limit is null || !await IsExceededAsync(limit, profile, scope, month, cost, cancellationToken))
                    continue;
                var verdict = Verdict(limit, action, profile, scope, month, unpriced);
                if (action == BudgetAction.Stop)
                    return verdict;
                milder = milder is null || (action == BudgetAction.Cheapest && milder.Action == BudgetAction.Warn) ? verdict : milder;
            }
        }
        return milder ?? BudgetVerdict.Within(unpriced);
    }

    /// <summary>
    /// Judges a call that is about to be made and holds its worst case while it runs. The two belong together: calls that are judged at one moment would all see what is left,
    /// and pass the limit beside each other.
    /// </summary>
    /// <returns>The model that may be asked, with what is held for it until it is disposed; none of both when no call may be made.</returns>
    public async Task<(BudgetVerdict Verdict, string? Model, IDisposable? Held)> ReserveAsync(AgentProfile profile, string model, long input, long output, CancellationToken cancellationToken)
    {
        await _judging.WaitAsync(cancellationToken);
        try
        {
            var verdict = await JudgeAsync(profile, model, input, output, cancellationToken);
            var used = verdict.Action switch
            {
                BudgetAction.Stop => null,
                BudgetAction.Cheapest => Cheapest(profile, input, output),
                _ => model,
            };
            return (verdict, used, used is null ? null : new Reservation(this, [profile.Id.Value, ""], CostOf(prices.Find(used), input, output)));
        }
        finally
        {
            _judging.Release();
        }
    }

    /// <summary>The cheapest of the models that settings name for this agent, by the worst case of the call. A model without a known price is never it.</summary>
    public string? Cheapest(AgentProfile profile, long input, long output)
    {
        var current = settings.Current.Models;
        var named = new[] { profile.Model, profile.Heartbeat.Model, profile.Heartbeat.Escalate, current.Default }.OfType<string>().Concat(profile.Fallbacks).Concat(current.Prices.Keys);
        return named.Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(name => ModelName.TryParse(name, out var model) && (profile.Providers.ContainsKey(model.Provider) || BuiltInProviders.All.ContainsKey(model.Provider))
                && profile.Privacy.Providers?.Contains(model.Provider) != false)
            .Select(name => (name, price: prices.Find(name)))
            .Where(pair => pair.price is not null)
            .OrderBy(pair => Usd(pair.price!, input, output)).ThenBy(pair => pair.name, StringComparer.Ordinal)
            .Select(pair => pair.name).FirstOrDefault();
    }

    private async Task<bool> IsExceededAsync(BudgetLimit limit, AgentProfile profile, string scope, bool month, Cost cost, CancellationToken cancellationToken)
    {
        var day = LedgerClerk.Day(time.GetUtcNow(), profile.Timezone);
        var spent = await ledger.TotalAsync(month ? day[..8] + "01" : day, day, scope.Length == 0 ? null : profile.Id, cancellationToken);
        var held = _inFlight.GetValueOrDefault(scope);
        return (limit.Usd is { } usd && spent.CostUsd + held.Usd + cost.Usd > usd) || (limit.Tokens is { } tokens && spent.InputTokens + spent.OutputTokens + held.Tokens + cost.Tokens > tokens);
    }

    private BudgetVerdict Verdict(BudgetLimit limit, BudgetAction action, AgentProfile profile, string scope, bool month, bool unpriced)
    {
        var zone = DateTimeZoneProviders.Tzdb[profile.Timezone];
        var today = Instant.FromDateTimeOffset(time.GetUtcNow()).InZone(zone).Date;
        var next = month ? today.With(DateAdjusters.StartOfMonth).PlusMonths(1) : today.PlusDays(1);
        var period = month ? today.ToString("uuuu-MM", CultureInfo.InvariantCulture) : today.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);
        var amount = limit.Usd is { } usd ? string.Create(CultureInfo.InvariantCulture, $"{usd} USD") : string.Create(CultureInfo.InvariantCulture, $"{limit.Tokens} tokens");
        var whose = scope.Length == 0 ? "of the whole gateway" : $"of agent {scope}";
        return new BudgetVerdict(action, $"{amount} a {(month ? "month" : "day")} {whose}", zone.AtStartOfDay(next).ToDateTimeOffset(), scope.Length == 0 ? "gateway" : scope, period, unpriced);
    }

    private static Cost CostOf(PriceSettings? price, long input, long output) => new(price is null ? 0 : Usd(price, input, output), input + output);

    private static decimal Usd(PriceSettings price, long input, long output) => ((input * price.Input) + (output * price.Output)) / Million;

    private static bool Holds(BudgetSettings budget) => budget.Daily is not null || budget.Monthly is not null || budget.HardDaily is not null;

    private static bool HoldsMoney(BudgetSettings budget) => budget.Daily?.Usd is not null || budget.Monthly?.Usd is not null || budget.HardDaily?.Usd is not null;

    private readonly record struct Cost(decimal Usd, long Tokens)
    {
        public Cost Plus(Cost other) => new(Usd + other.Usd, Tokens + other.Tokens);
    }

    private sealed class Reservation : IDisposable
    {
        private readonly BudgetGuard _guard;
        private readonly IReadOnlyList<string> _scopes;
        private readonly Cost _cost;

        public Reservation(BudgetGuard guard, IReadOnlyList<string> scopes, Cost cost)
        {
            (_guard, _scopes, _cost) = (guard, scopes, cost);
            Add(cost);
        }

        public void Dispose() => Add(new Cost(-_cost.Usd, -_cost.Tokens));

        private void Add(Cost cost)
        {
            foreach (var scope in _scopes)
                _guard._inFlight.AddOrUpdate(scope, cost, (_, held) => held.Plus(cost));
        }
    }
}
