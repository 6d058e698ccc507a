using System.Collections.Concurrent;
using Microsoft.Extensions.AI;

namespace Vigil.Models;

internal sealed class ModelClients(IEnumerable<IProviderKind> kinds) : IModelClients
{
    // A rotated key leaves its client behind. Clients are cheap and calls under way keep theirs, so all may go now and then.
    private const int Most = 4096;

    private readonly Dictionary<string, IProviderKind> _kinds = kinds.ToDictionary(kind => kind.Kind, StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<ProviderOptions, Lazy<IChatClient>> _clients = new();

    public IChatClient Get(ProviderOptions options)
    {
        if (!_kinds.TryGetValue(options.Kind, out var kind))
            throw new ModelFailureException(new ModelFailure(ModelFailureKind.NoModel,
                $"The provider's kind '{options.Kind}' is unknown; known are {string.Join(", ", _kinds.Keys.Order())}.", options.Name, ""));
        if (_clients.TryGetValue(options, out var known))
            return known.Value;
        if (_clients.Count >= Most)
            _clients.Clear();
        return _clients.GetOrAdd(options, static (key, kind) => new Lazy<IChatClient>(() => kind.Create(key)), kind).Value;
    }
}
