using Vigil.Events;
using Vigil.Gateway.Admin;
using Vigil.Gateway.Auth;
using Vigil.Keys;
using Vigil.Nodes;
using Vigil.Settings;
using Vigil.Store;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.SystemPage;

internal sealed class SystemReader(GatewayLife life, IStore store, NodeSigns nodes, NodeName node, IWorkStore works, IPulse pulse, IEventLog events, IKeyStore keys, ISettings settings, VigilHome home)
{
    private const int EventsShown = 40;

    public async Task<SystemModel> ReadAsync(Caller caller, CancellationToken cancellationToken)
    {
        var newest = (await events.RangeAsync(cancellationToken)).Newest;
        var mine = caller.Agents?.Select(agent => agent.Value).ToList();
        var latest = await events.ReadAsync(Math.Max(0, newest - EventsShown), EventsShown, mine is null ? null : new EventFilter(mine), cancellationToken);
        return new SystemModel
        {
            Version = GatewayVersion.Text,
            StartedAt = life.StartedAt,
            Home = home.Root,
            Node = node.Value,
            Nodes = await nodes.ListAsync(cancellationToken),
            Works = await works.CountsAsync(cancellationToken),
            Store = await store.DescribeAsync(cancellationToken),
            LastPulse = pulse.Last,
            Problem = await pulse.ProblemAsync(cancellationToken),
            Model = settings.Current.Models.Default ?? life.Model,
            SettingsErrors = [.. settings.Errors.Select(error => error.ToString())],
            Keys = [.. (await keys.ListAsync(cancellationToken)).Where(key => KeyEndpoints.WithinReach(caller, key.Agents)).Select(KeyEndpoints.View)],
            Events = [.. latest.Reverse()],
            MayDiagnose = !caller.IsLimited,
        };
    }
}
