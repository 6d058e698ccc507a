using Vigil.Keys;
using Vigil.Time;

namespace Vigil.Storage.Keys;

/// <summary>Deletes sign-in links and dashboard sessions that are over.</summary>
internal sealed class SignInUpkeep(ISignInStore store) : IHousekeeping
{
    public string Name => "sign-in";

    public TimeSpan Every => TimeSpan.FromHours(1);

    public Task RunAsync(CancellationToken cancellationToken) => store.PruneAsync(cancellationToken);
}
