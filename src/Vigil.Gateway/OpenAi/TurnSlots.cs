using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Gateway.OpenAi;

/// <summary>How many turns of <c>/v1</c> run at once: in all and for one key. A short queue waits in order; beyond it the answer is 429 at once.</summary>
internal sealed class TurnSlots(ISettings settings, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);
    private int _running;

    /// <exception cref="FaultException">No slot, and none came free in time.</exception>
    public async Task<IDisposable> EnterAsync(string key, CancellationToken cancellationToken)
    {
        var limits = settings.Current.Gateway.Api;
        Waiter waiter;
        lock (_lock)
        {
            if (IsFree(key, limits))
                return Take(key);
            if (_waiting.Count >= limits.Queue)
                throw Full(limits);
            waiter = new Waiter(key);
            _waiting.AddLast(waiter);
        }
        try
        {
            return await waiter.Slot.Task.WaitAsync(limits.QueueFor, time, cancellationToken);
        }
        catch (Exception gone) when (gone is TimeoutException or OperationCanceledException)
        {
            lock (_lock)
                _waiting.Remove(waiter);
            // It may have been given in the same moment.
            if (waiter.Slot.Task.IsCompletedSuccessfully)
                (await waiter.Slot.Task).Dispose();
            if (gone is TimeoutException)
                throw Full(limits);
            throw;
        }
    }

    private bool IsFree(string key, ApiSettings limits) => _running < limits.Slots && _byKey.GetValueOrDefault(key) < limits.SlotsPerKey;

    private Slot Take(string key)
    {
        _running++;
        _byKey[key] = _byKey.GetValueOrDefault(key) + 1;
        return new Slot(this, key);
    }

    private void Leave(string key)
    {
        var limits = settings.Current.Gateway.Api;
        lock (_lock)
        {
            _running--;
            if (--_byKey[key] == 0)
                _byKey.Remove(key);
            for (var node = _waiting.First; node is not null;)
            {
                var next = node.Next;
                if (IsFree(node.Value.Key, limits))
                {
                    _waiting.Remove(node);
                    node.Value.Slot.SetResult(Take(node.Value.Key));
                }
                node = next;
            }
        }
    }

    private static FaultException Full(ApiSettings limits) => new(new Fault(
        "too_many_requests", "Too many turns run at once.", "Wait, then send the request again; gateway.api sets the limits.") { Kind = FaultKind.TooMany })
    {
        RetryAfter = limits.QueueFor,
    };

    private sealed class Waiter(string key)
    {
        public string Key { get; } = key;

        public TaskCompletionSource<IDisposable> Slot { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Slot(TurnSlots slots, string key) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                slots.Leave(key);
        }
    }
}
