using Microsoft.Extensions.Logging;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Turns;

namespace Vigil.Work;

/// <summary>
/// Takes up what dead processes left behind. A process that has the store to itself knows at its start that every other name is dead; on a shared one
/// the list of living nodes and the leases say so.
/// </summary>
internal sealed class Recovery(IWorkStore works, ChatTurns chats, INodes nodes, ISettings settings, NodeName node, TimeProvider time, ILogger<Recovery> log) : IHousekeeping
{
    private const int PageSize = 500;

    public string Name => "recovery";

    public TimeSpan Every => TimeSpan.FromSeconds(15);

    public async Task AtStartAsync(CancellationToken cancellationToken)
    {
        if (settings.Current.Gateway.Storage.Kind != StorageKind.Sqlite)
            return;
        var dead = new HashSet<string>();
        string? after = null;
        do
        {
            var page = await works.ListAsync(new WorkFilter { States = [WorkState.Running] }, after, PageSize, cancellationToken);
            dead.UnionWith(page.Items.Select(work => work.Node).OfType<string>().Where(name => name != node.Value));
            after = page.Next;
        }
        while (after is not null);
        foreach (var name in dead)
        {
            var taken = await works.TakeOverAsync(name, time.GetUtcNow(), settings.Current.Gateway.Work.Attempts, cancellationToken);
            log.LogWarning("{Count} works of {Node}, which ended without a stop, are taken up again.", taken.Count, name);
        }
        await EndChatsAsync([node.Value], cancellationToken);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var living = await nodes.LivingAsync(cancellationToken);
        await EndChatsAsync([node.Value, .. living.Select(one => one.Id)], cancellationToken);
    }

    private async Task EndChatsAsync(IReadOnlyCollection<string> living, CancellationToken cancellationToken)
    {
        if (await chats.EndAbandonedAsync(living, cancellationToken) is var ended and > 0)
            log.LogWarning("{Count} chat turns were cut off by the end of their gateway; their conversations say so.", ended);
    }
}
