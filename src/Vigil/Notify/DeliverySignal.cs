using Vigil.Work;

namespace Vigil.Notify;

/// <summary>Wakes the delivery loop.</summary>
public sealed class DeliverySignal
{
    private readonly WorkSignal _signal = new();

    public Task Next => _signal.Next;

    public void Set() => _signal.Set();
}
