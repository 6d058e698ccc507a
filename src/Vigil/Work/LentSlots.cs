namespace Vigil.Work;

/// <summary>
/// Slots of works that wait for another agent's answer. They are lent to others meanwhile: else as many parents as there are slots would wait for children that no
/// slot is left for.
/// </summary>
internal sealed class LentSlots
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Set when a slot became free or was lent.</summary>
    public WorkSignal Freed { get; } = new();

    /// <summary>Lends until the result is disposed.</summary>
    public IDisposable Lend()
    {
        Interlocked.Increment(ref _count);
        Freed.Set();
        return new Loan(this);
    }

    private sealed class Loan(LentSlots slots) : IDisposable
    {
        private LentSlots? _slots = slots;

        // The slot is taken back at once, although another work may still use it: for that while one more runs than there are slots.
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _slots, null) is { } lent)
                Interlocked.Decrement(ref lent._count);
        }
    }
}
