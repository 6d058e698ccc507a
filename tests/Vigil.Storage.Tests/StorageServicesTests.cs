using Microsoft.Extensions.DependencyInjection;
using Vigil.Events;
using Vigil.Keys;
using Vigil.Store;

namespace Vigil.Storage.Tests;

public sealed class StorageServicesTests
{
    [Fact]
    public async Task AddVigilStorage_Opened_EveryPortWorksOnOneDatabase()
    {
        await using var backend = Backend.Sqlite();
        await using var services = new ServiceCollection().AddLogging().AddVigilStorage(backend.Options).BuildServiceProvider();
        Assert.Throws<InvalidOperationException>(() => { _ = services.GetRequiredService<IEventLog>().RangeAsync(CancellationToken.None); });

        await services.GetRequiredService<IStore>().OpenAsync(CancellationToken.None);
        await services.GetRequiredService<IEventLog>().AppendAsync([new(DateTimeOffset.UnixEpoch, "gateway.started", "gateway")], CancellationToken.None);
        var key = await services.GetRequiredService<IKeyStore>().AddAsync(new NewApiKey("phone", KeyScopes.All), CancellationToken.None);

        Assert.NotNull(await services.GetRequiredService<IKeyStore>().FindAsync(key.Plaintext, CancellationToken.None));
        Assert.Equal(1, (await services.GetRequiredService<IEventLog>().RangeAsync(CancellationToken.None)).Newest);
    }
}
