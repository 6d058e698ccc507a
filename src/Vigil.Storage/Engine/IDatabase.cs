using Vigil.Storage.Events;

namespace Vigil.Storage.Engine;

/// <summary>
/// The one way to the database, the same for SQLite and PostgreSQL. A callback gets a <see cref="Db"/> that is good until it returns,
/// uses nothing of the database but that, and may be run again after a deadlock: it must not change anything outside the database.
/// </summary>
internal interface IDatabase : IAsyncDisposable
{
    SqlDialect Dialect { get; }

    EventWatch Watch { get; }

    /// <summary>Runs the callback in a transaction and returns its result once that is durably committed. What throws is rolled back; see also <see cref="Db.RollBack"/>.</summary>
    /// <exception cref="StoreException">The store could not do it.</exception>
    Task<T> WriteAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken);

    /// <summary>Runs the callback on a connection that only reads. Each statement sees what was committed before it began.</summary>
    /// <exception cref="StoreException">The store could not do it.</exception>
    Task<T> ReadAsync<T>(Func<Db, Task<T>> read, CancellationToken cancellationToken);
}
