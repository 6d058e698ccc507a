using System.Collections.Concurrent;
using Vigil.Errors;
using Vigil.Tasks;

namespace Vigil.Gateway.Hooks;

/// <summary>What each hook may still take. Counted on this node, after a post has proved who sent it.</summary>
internal sealed class HookRates(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, TokenBucket> _buckets = new(StringComparer.Ordinal);

    /// <exception cref="FaultException">Too many; says when to come again.</exception>
    public void Take(string route, int perMinute)
    {
        var bucket = _buckets.AddOrUpdate(route, _ => new TokenBucket(perMinute, time), (_, old) => old.PerMinute == perMinute ? old : new TokenBucket(perMinute, time));
        if (bucket.Take() is { } wait)
        {
            throw new FaultException(new Fault("too_many_posts", $"The hook '{route}' takes {perMinute} posts a minute.", "Wait as long as Retry-After says.") { Kind = FaultKind.TooMany })
            {
                RetryAfter = wait,
            };
        }
    }
}
