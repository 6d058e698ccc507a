using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Vigil.Agents;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Ledger;
using Vigil.Settings;

namespace Vigil.Gateway.Dashboard.Cost;

/// <summary>Reads sums that the store keeps by day: none of it grows with the number of calls.</summary>
internal sealed class CostReader(ILedger ledger, SavingsEstimate savings, IAgentRegistry agents, ISettings settings, PageFrames frames, TimeProvider time)
{
    private const int DaysShown = 30;
    private const int MostDays = 366;
    private const int AgentsLookedAt = 200;

    public async Task<CostModel> ReadAsync(Caller caller, PageQuery query, CancellationToken cancellationToken)
    {
        var today = Today(frames.Zone);
        var (from, to) = Span(query, today);
        var (first, last) = (Iso(from), Iso(to));
        var spent = (await ledger.SpendAsync(SpendBy.Day, first, last, caller.Agents, cancellationToken)).ToDictionary(row => row.Group);
        var days = Enumerable.Range(0, Period.DaysBetween(from, to) + 1).Select(day => Iso(from.PlusDays(day))).Select(day => spent.GetValueOrDefault(day) ?? Nothing(day)).ToList();
        return new CostModel
        {
            From = first,
            To = last,
            Days = days,
            Agents = await ByAsync(SpendBy.Agent),
            Sources = await ByAsync(SpendBy.Source),
            Models = await ByAsync(SpendBy.Model),
            Total = days.Aggregate(Nothing("total"), Plus),
            Savings = await savings.OfAsync(first, last, caller.Agents, cancellationToken),
            Budgets = await BudgetsAsync(caller, cancellationToken),
            PricesOf = PriceList.BuiltInDate,
            Query = query,
        };

        async Task<IReadOnlyList<SpendRow>> ByAsync(SpendBy by)
            => [.. (await ledger.SpendAsync(by, first, last, caller.Agents, cancellationToken)).OrderByDescending(row => row.CostUsd).ThenByDescending(row => row.Calls)];
    }

    private async Task<IReadOnlyList<BudgetBar>> BudgetsAsync(Caller caller, CancellationToken cancellationToken)
    {
        var bars = new List<BudgetBar>();
        if (!caller.IsLimited)
            await AddAsync("the whole gateway", null, settings.Current.Budget, Today(frames.Zone));
        foreach (var id in caller.Agents ?? agents.Ids(null, AgentsLookedAt))
            if (agents.Find(id).Profile is { } profile)
                await AddAsync(id.Value, id, profile.Budget, Today(DateTimeZoneProviders.Tzdb[profile.Timezone])); // its spend is kept by its own days
        return bars;

        async Task AddAsync(string whose, AgentId? agent, BudgetSettings budget, LocalDate today)
        {
            var day = Iso(today);
            if (budget.Daily is { } daily)
                bars.Add(new BudgetBar(whose, "today", daily, await ledger.TotalAsync(day, day, agent, cancellationToken)));
            if (budget.HardDaily is { } hard)
                bars.Add(new BudgetBar(whose, "today, never more", hard, await ledger.TotalAsync(day, day, agent, cancellationToken)));
            if (budget.Monthly is { } monthly)
                bars.Add(new BudgetBar(whose, "this month", monthly, await ledger.TotalAsync(Iso(today.With(DateAdjusters.StartOfMonth)), day, agent, cancellationToken)));
        }
    }

    private LocalDate Today(DateTimeZone zone) => Instant.FromDateTimeOffset(time.GetUtcNow()).InZone(zone).Date;

    private static (LocalDate From, LocalDate To) Span(PageQuery query, LocalDate today)
    {
        var to = LocalDatePattern.Iso.Parse(query["to"] ?? "") is { Success: true } last ? last.Value : today;
        var from = LocalDatePattern.Iso.Parse(query["from"] ?? "") is { Success: true } first ? first.Value : to.PlusDays(1 - DaysShown);
        if (from > to)
            (from, to) = (to, from);
        return (from < to.PlusDays(1 - MostDays) ? to.PlusDays(1 - MostDays) : from, to);
    }

    private static SpendRow Nothing(string group) => new(group, 0, 0, 0, 0, 0, 0, 0);

    private static SpendRow Plus(SpendRow sum, SpendRow row) => new(
        sum.Group, sum.Calls + row.Calls, sum.InputTokens + row.InputTokens, sum.CachedInputTokens + row.CachedInputTokens, sum.OutputTokens + row.OutputTokens,
        sum.CostUsd + row.CostUsd, sum.UnknownCalls + row.UnknownCalls, sum.PrimaryCostUsd + row.PrimaryCostUsd);

    private static string Iso(LocalDate day) => day.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);
}
