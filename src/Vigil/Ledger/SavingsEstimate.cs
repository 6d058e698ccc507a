using NodaTime;
using NodaTime.Text;
using Vigil.Agents;
using Vigil.Heartbeat;
using Vigil.Settings;
using Vigil.State;
using Vigil.Work;

namespace Vigil.Ledger;

/// <summary>What beats did not cost. An estimate: it is computed from recorded prompt sizes and not from calls that were never made.</summary>
/// <param name="BeatsUsd">What beats and wakes cost.</param>
/// <param name="OnPrimaryUsd">What the same tokens would have cost on the agents' own models.</param>
/// <param name="TieringUsd">The difference.</param>
/// <param name="SkippedBeats">Beats that ended before any model was asked.</param>
/// <param name="SkippingUsd">What they would have cost on the agents' own models, each at the size of that agent's last beat; agents that never asked a model are left out.</param>
public sealed record Savings(decimal BeatsUsd, decimal OnPrimaryUsd, decimal TieringUsd, long SkippedBeats, decimal SkippingUsd);

/// <summary>Estimates from recorded prompt sizes what tiering and skipping saved.</summary>
public sealed class SavingsEstimate(ILedger ledger, IHeartbeatStore beats, IStateStore state, IAgentRegistry agents, PriceList prices, ISettings settings)
{
    private static readonly string[] s_sources = [WorkSources.Heartbeat, WorkSources.Wake];

    /// <param name="fromDay">yyyy-MM-dd in the person's zone.</param>
    public async Task<Savings> OfAsync(string fromDay, string toDay, IReadOnlyCollection<AgentId>? only, CancellationToken cancellationToken)
    {
        var spent = (await ledger.SpendAsync(SpendBy.Source, fromDay, toDay, only, cancellationToken)).Where(row => s_sources.Contains(row.Group)).ToList();
        var (cost, primary) = (spent.Sum(row => row.CostUsd), spent.Sum(row => row.PrimaryCostUsd));
        var zone = settings.Current.Timezone is { } named ? DateTimeZoneProviders.Tzdb[named] : Time.Zones.Host();
        var (number, saved) = (0L, 0m);
        foreach (var (agent, skipped) in await beats.SkippedAsync(Start(fromDay, zone, 0), Start(toDay, zone, 1), only, cancellationToken))
        {
            number += skipped;
            if (agents.Find(agent).Profile is { Model: { } model } && await state.ReadAsync<LastPrompt>(agent, BeatState.LastPromptKey, cancellationToken) is { } last)
                saved += skipped * (prices.Cost(model, null, last.Input, 0, last.Output) ?? 0);
        }
        return new Savings(cost, primary, Math.Max(0, primary - cost), number, saved);
    }

    private static DateTimeOffset Start(string day, DateTimeZone zone, int plus) => zone.AtStartOfDay(LocalDatePattern.Iso.Parse(day).Value.PlusDays(plus)).ToDateTimeOffset();
}
