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
/// <param name="Crowded">What was spent leaves room for the call; the calls that run now could use it up.</param>
public sealed record BudgetVerdict(BudgetAction? Action, string? Exceeded, DateTimeOffset Until, string Scope, string Period, bool Unpriced, bool Crowded = false)
{
    /// <summary>The end of the period as its person reads it.</summary>
    internal string UntilIn(AgentProfile profile) => LocalText.In(Instant.FromDateTimeOffset(Until), DateTimeZoneProviders.Tzdb[profile.Timezone]);

    internal static BudgetVerdict Within(bool unpriced) => new(null, null, default, "", "", unpriced);
}

/// <summary>
/// Compares what was spent, what is being spent on any node, and the worst case of one more call with the budgets of the agent and of the whole gateway. Days and months are
/// those of the person's zone; since spend is kept by day, a new day needs no reset and a restart forgets nothing.
/// </summary>
public sealed class BudgetGuard(IBudgetHolds holds, PriceList prices, ISettings settings, TimeProvider time)
{
    /// <summary>How long a reply may be where a budget holds and the caller set no limit: a worst case needs one.</summary>
    public const int MaxOutput = 4_096;

    private const decimal Million = 1_000_000m;

    public bool Applies(AgentProfile profile) => Holds(profile.Budget) || Holds(settings.Current.Budget);

    /// <summary>The first limit that the call could pass; one that stops wins over others.</summary>
    public async Task<BudgetVerdict> JudgeAsync(AgentProfile profile, string model, long input, long output, CancellationToken cancellationToken)
    {
        var (limits, looks) = Limits(profile);
        return Judge(profile, limits, looks, await holds.LookAsync(looks, cancellationToken), model, input, output);
    }

    /// <summary>
    /// Judges a call that is about to be made and holds its worst case while it runs. The two belong together: calls that are judged at one moment would all see what is left,
    /// and pass the limit beside each other.
    /// </summary>
    /// <param name="hold">The id under which it is held; the ledger line of the call carries it.</param>
    /// <returns>The model that may be asked; null when no call may be made, and then nothing is held.</returns>
    public Task<(BudgetVerdict Verdict, string? Model)> ReserveAsync(AgentProfile profile, string model, long input, long output, string hold, CancellationToken cancellationToken)
    {
        var (limits, looks) = Limits(profile);
        return holds.HoldAsync(looks, spent =>
        {
            var verdict = Judge(profile, limits, looks, spent, model, input, output);
            var used = verdict.Action switch
            {
                BudgetAction.Stop => null,
                BudgetAction.Cheapest => Cheapest(profile, input, output),
                _ => model,
            };
            return ((verdict, used), used is null ? null : HoldOf(used));
        }, cancellationToken);

        BudgetHold HoldOf(string used)
        {
            var (usd, tokens) = CostOf(prices.Find(used), input, output);
            return new BudgetHold(hold, [.. looks.Select(look => look.Scope).Distinct()], usd, tokens);
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

    private (IReadOnlyList<Limit> Limits, IReadOnlyList<SpendLook> Looks) Limits(AgentProfile profile)
    {
        var day = LedgerClerk.Day(time.GetUtcNow(), profile.Timezone);
        List<Limit> limits = [];
        foreach (var (scope, budget) in new[] { (SpendScope.Of(profile.Id), profile.Budget), (SpendScope.Gateway, settings.Current.Budget) })
        {
            Add(budget.HardDaily, BudgetAction.Stop, new SpendLook(scope, day, day));
            Add(budget.Daily, budget.OnExceeded, new SpendLook(scope, day, day));
            Add(budget.Monthly, budget.OnExceeded, new SpendLook(scope, day[..8] + "01", day), month: true);
        }
        return (limits, [.. limits.Select(limit => limit.Look).Distinct()]);

        void Add(BudgetLimit? most, BudgetAction action, SpendLook look, bool month = false)
        {
            if (most is not null)
                limits.Add(new Limit(most, action, look, month));
        }
    }

    private BudgetVerdict Judge(AgentProfile profile, IReadOnlyList<Limit> limits, IReadOnlyList<SpendLook> looks, IReadOnlyList<Spending> spent, string model, long input, long output)
    {
        var price = prices.Find(model);
        var (usd, tokens) = CostOf(price, input, output);
        var unpriced = price is null && (HoldsMoney(profile.Budget) || HoldsMoney(settings.Current.Budget));
        var sums = looks.Zip(spent).ToDictionary(pair => pair.First, pair => pair.Second);
        var verdicts = limits.Where(limit => Passes(limit, held: true)).Select(limit => Verdict(limit, profile, unpriced) with { Crowded = !Passes(limit, held: false) });
        // Actions are declared from the hardest on.
        return verdicts.OrderBy(verdict => verdict.Action).ThenBy(verdict => verdict.Crowded).FirstOrDefault() ?? BudgetVerdict.Within(unpriced);

        bool Passes(Limit limit, bool held)
        {
            var sum = sums[limit.Look];
            return sum.Usd + (held ? sum.HeldUsd : 0) + usd > limit.Most.Usd || sum.Tokens + (held ? sum.HeldTokens : 0) + tokens > limit.Most.Tokens;
        }
    }

    private BudgetVerdict Verdict(Limit limit, AgentProfile profile, bool unpriced)
    {
        var zone = DateTimeZoneProviders.Tzdb[profile.Timezone];
        var today = Instant.FromDateTimeOffset(time.GetUtcNow()).InZone(zone).Date;
        var month = limit.Month;
        var next = month ? today.With(DateAdjusters.StartOfMonth).PlusMonths(1) : today.PlusDays(1);
        var period = month ? today.ToString("uuuu-MM", CultureInfo.InvariantCulture) : today.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);
        var amount = limit.Most.Usd is { } usd ? string.Create(CultureInfo.InvariantCulture, $"{usd} USD") : string.Create(CultureInfo.InvariantCulture, $"{limit.Most.Tokens} tokens");
        var agent = limit.Look.Scope.Agent?.Value;
        var whose = agent is null ? "of the whole gateway" : $"of agent {agent}";
        return new BudgetVerdict(limit.Action, $"{amount} a {(month ? "month" : "day")} {whose}", zone.AtStartOfDay(next).ToDateTimeOffset(), agent ?? "gateway", period, unpriced);
    }

    private static (decimal Usd, long Tokens) CostOf(PriceSettings? price, long input, long output) => (price is null ? 0 : Usd(price, input, output), input + output);

    private static decimal Usd(PriceSettings price, long input, long output) => ((input * price.Input) + (output * price.Output)) / Million;

    private static bool Holds(BudgetSettings budget) => budget.Daily is not null || budget.Monthly is not null || budget.HardDaily is not null;

    private static bool HoldsMoney(BudgetSettings budget) => budget.Daily?.Usd is not null || budget.Monthly?.Usd is not null || budget.HardDaily?.Usd is not null;

    private sealed record Limit(BudgetLimit Most, BudgetAction Action, SpendLook Look, bool Month);
}
