using Vigil.Agents;
using Vigil.Cron;
using Vigil.Gateway.Routes;
using Vigil.Heartbeat;
using Vigil.Ledger;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Gateway.Agents;

/// <summary>Gathers what there is to see of agents: one question to each store for a whole page.</summary>
internal sealed class AgentSurvey(IAgentRegistry agents, Vigil.Routing.Routes routes, AgentRoster roster, IScheduleStore schedules, IHeartbeatStore beats, ILedger ledger, ISettings settings, VigilHome home,
    TimeProvider time)
{
    private const int SoulLines = 5;
    private const int SoulBytes = 4096;

    public async Task<IReadOnlyList<AgentView>> OfAsync(IReadOnlyList<AgentId> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return [];
        var wanted = ids.ToHashSet();
        var leading = routes.Current.Entries.Where(entry => wanted.Contains(entry.Route.Agent)).CountBy(entry => entry.Route.Agent).ToDictionary();
        var planned = await SchedulesAsync(ids, cancellationToken);
        var beating = (await beats.ListAsync(ids, null, ids.Count, cancellationToken)).Items.ToDictionary(beat => beat.Agent);
        var day = LedgerClerk.Day(time.GetUtcNow(), settings.Current.Timezone ?? Zones.Host().Id);
        var spent = (await ledger.SpendAsync(SpendBy.Agent, day, day, ids, cancellationToken)).ToDictionary(row => row.Group, StringComparer.Ordinal);
        return [.. ids.Select(id => AgentView.Of(id, agents.Find(id), id.Value == settings.Current.DefaultAgent, leading.GetValueOrDefault(id), planned.GetValueOrDefault(id),
            beating.GetValueOrDefault(id), spent.GetValueOrDefault(id.Value)))];
    }

    public async Task<AgentDetail> DetailAsync(AgentId agent, CancellationToken cancellationToken)
    {
        var view = (await OfAsync([agent], cancellationToken))[0];
        var ties = await roster.TiesAsync(agent, cancellationToken);
        var lookup = agents.Find(agent);
        IReadOnlyList<AgentSetting> profile = lookup.Profile is { } known
            ? [.. EffectiveSettings.Of(known, agents.Origins(agent)).Select(one => new AgentSetting(one.Key, one.Value, one.From))]
            : [];
        var paths = new AgentPaths(home.AgentDirectory(agent), home.AgentFile(agent), home.Workspace(agent), home.AgentSecrets(agent));
        return new AgentDetail(view, paths, profile, [.. (lookup.Broken ?? []).Select(error => error.ToString())], [.. ties.Routes.Select(route => RouteView.Of(route, agents))], [.. ties.Schedules.Select(AgentSchedule.Of)],
            ties.Works.Count, await SoulAsync(agent, cancellationToken));
    }

    private async Task<Dictionary<AgentId, int>> SchedulesAsync(IReadOnlyList<AgentId> ids, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<AgentId, int>();
        string? after = null;
        do
        {
            var page = await schedules.ListAsync(new ScheduleFilter { Agents = ids }, after, 1000, cancellationToken);
            foreach (var schedule in page.Items)
                counts[schedule.Agent] = counts.GetValueOrDefault(schedule.Agent) + 1;
            after = page.Next;
        }
        while (after is not null);
        return counts;
    }

    // The first lines with words in them; headings say least.
    private async Task<string?> SoulAsync(AgentId agent, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(Path.Combine(home.Workspace(agent), "SOUL.md"));
            var start = new byte[SoulBytes];
            var read = await file.ReadAtLeastAsync(start, SoulBytes, throwOnEndOfStream: false, cancellationToken);
            var lines = System.Text.Encoding.UTF8.GetString(start, 0, read).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#'));
            return string.Join('\n', lines.Take(SoulLines));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // It has no persona, or none that can be shown.
            return null;
        }
    }
}
