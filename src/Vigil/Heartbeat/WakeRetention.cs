using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Heartbeat;

/// <summary>Events of wakes are kept as long as finished works.</summary>
internal sealed class WakeRetention(IHeartbeatStore store, ISettings settings, TimeProvider time) : IHousekeeping
{
    public string Name => "wake-retention";

    public TimeSpan Every => TimeSpan.FromHours(1);

    public Task RunAsync(CancellationToken cancellationToken) => store.PruneAsync(time.GetUtcNow() - settings.Current.Gateway.Work.Keep, cancellationToken);
}
