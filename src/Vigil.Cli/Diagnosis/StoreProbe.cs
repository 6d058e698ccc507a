using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Diagnosis;
using Vigil.Storage;
using Vigil.Store;

namespace Vigil.Cli.Diagnosis;

/// <summary>Looks whether the store is sound.</summary>
internal static class StoreProbe
{
    public static async Task<IReadOnlyList<Finding>> LookAsync(IStore store, CancellationToken cancellationToken)
    {
        if (await store.CheckAsync(cancellationToken) is { } unusable)
            return [Finding.Error("store", unusable.Message, unusable.Hint ?? "See docs/storage.md.")];
        var described = await store.DescribeAsync(cancellationToken);
        var damage = await store.IntegrityAsync(cancellationToken);
        return damage.Count == 0
            ? [Finding.Ok("store", $"{described.Engine}, schema {described.Schema}, {described.Bytes / 1024.0 / 1024:0.0} MiB, sound")]
            : [.. damage.Select(what => Finding.Error("store", what, "Stop the gateway and restore a backup: vigil restore FILE"))];
    }

    public static OpenedStore Open(StorageOptions options, IServiceProvider outer)
    {
        var services = new ServiceCollection()
            .AddSingleton(outer.GetRequiredService<TimeProvider>())
            .AddLogging(logging => logging.ClearProviders())
            .AddVigilStorage(options)
            .BuildServiceProvider();
        return new OpenedStore(services);
    }
}

/// <summary>A store without a gateway around it.</summary>
internal sealed class OpenedStore(ServiceProvider services) : IAsyncDisposable
{
    public IStore Store => services.GetRequiredService<IStore>();

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
