using Vigil.Api;
using Vigil.Time;

namespace Vigil.Storage.Responses;

/// <summary>Deletes idempotency keys and stored responses beyond their time.</summary>
internal sealed class ApiUpkeep(IIdempotency keys, IResponses responses) : IHousekeeping
{
    public string Name => "api";

    public TimeSpan Every => TimeSpan.FromHours(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await keys.PruneAsync(cancellationToken);
        await responses.PruneAsync(cancellationToken);
    }
}
