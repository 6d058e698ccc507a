using Microsoft.Extensions.Hosting;
using Vigil.Storage.Home;
using Vigil.Store;

namespace Vigil.Embedding;

/// <summary>Opens the store before anything else starts. It holds the lock of the home, so that a second process stays off the file.</summary>
internal sealed class StoreOpening(HomeLock held, IStore store) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(held);
        await store.OpenAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
