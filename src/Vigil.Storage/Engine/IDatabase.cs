using Vigil.Storage.Events;

namespace Vigil.Storage.Engine;

/// <summary>
/// The one way to the database, the same for SQLite and PostgreSQL. A callback gets a <see cref="Db"/> that is good until it returns,
/// uses nothing of the database but that, and may be run again, after a deadlock or because another write of its transaction failed: it must not change anything outside the database.
/// </summary>
internal interface IDatabase : IAsyncDisposable
{
    SqlDialect Dialect { get; }

    EventWatch Watch { get; }

    /// <summary>Runs the callback in a transaction and returns its result once that is durably committed. What throws is rolled back; see also <see cref="Db.RollBack"/>.</summary>
    /// <exception cref="StoreException">The store could not do it.</exception>
    Task<T> WriteAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="WriteAsync"/>, for what comes in crowds: several may share a transaction, on PostgreSQL with statements of the others between its own. So a callback decides by what its
    /// statements changed, and two that must not see each other half done do not use this. One that does more than <see cref="Db.RunAsync"/> and its kin, throws or rolls back runs again by itself.
    /// </summary>
    /// <exception cref="StoreException">The store could not do it.</exception>
    Task<T> WriteAmongOthersAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken);

    /// <summary>As <see cref="WriteAsync"/>, but returns without waiting for the disk: for what nobody is told of before <see cref="Committed{T}.OnDisk"/> has ended.</summary>
    /// <exception cref="StoreException">The store could not do it.</exception>
    Task<Committed<T>> CommitAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken);

    /// <summary>Runs the callback on a connection that only reads. Each statement sees what was committed before it began.</summary>
    /// <exception cref="StoreException">The store could not do it.</exception>
    Task<T> ReadAsync<T>(Func<Db, Task<T>> read, CancellationToken cancellationToken);
}

/// <summary>What is committed: others see it, and it survives the end of this process.</summary>
/// <param name="Result">What the callback returned.</param>
/// <param name="OnDisk">Ends when it also survives that of the machine, or fails as a write does. To be awaited.</param>
internal readonly record struct Committed<T>(T Result, Task OnDisk);
