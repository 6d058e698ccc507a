using Vigil.Events;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Work;

/// <summary>Deletes finished works and events beyond their time, in small batches.</summary>
internal sealed class Retention(IWorkStore works, IEventLog events, ISettings settings, TimeProvider time) : IHousekeeping
{
    public string Name => "retention";

    public TimeSpan Every => TimeSpan.FromMinutes(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var gateway = settings.Current.Gateway;
        var now = time.GetUtcNow();
        while (await works.PruneAsync(now - gateway.Work.Keep, cancellationToken) > 0)
            cancellationToken.ThrowIfCancellationRequested();
        await events.PruneAsync(now - gateway.Events.Keep, gateway.Events.KeepAtMost, cancellationToken);
    }
}
