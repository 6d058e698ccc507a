using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Vigil.Storage.Engine.Sqlite;

/// <summary>A few connections that only read; who finds none free waits.</summary>
internal sealed class SqliteReaders(string file) : IDisposable
{
    private static readonly int Count = Math.Clamp(Environment.ProcessorCount, 2, 8);

    private readonly SemaphoreSlim _free = new(Count, Count);
    private readonly ConcurrentBag<Reader> _idle = [];
    private volatile bool _closed;

    public async Task<T> ReadAsync<T>(Func<Db, Task<T>> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            if (_closed)
                throw new StoreException(StoreProblem.Closed, "The database is closed.", "The gateway is stopping: ask again when it is back.");
            if (!_idle.TryTake(out var reader))
                reader = new Reader(SqliteConnections.OpenReader(file));
            try
            {
                return await RunAsync(reader, read, cancellationToken);
            }
            finally
            {
                _idle.Add(reader);
                if (_closed)
                    Drain();
            }
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.Translate(e, file);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose()
    {
        _closed = true;
        Drain();
    }

    private static async Task<T> RunAsync<T>(Reader reader, Func<Db, Task<T>> read, CancellationToken cancellationToken)
    {
        var db = new Db(SqlDialect.Sqlite, reader.Connection, transaction: null, reader.Statements, writes: false, cancellationToken);
        try
        {
            return await read(db);
        }
        finally
        {
            db.End();
        }
    }

    private void Drain()
    {
        while (_idle.TryTake(out var reader))
            reader.Dispose();
    }

    private sealed class Reader(SqliteConnection connection) : IDisposable
    {
        public SqliteConnection Connection { get; } = connection;

        public PreparedStatements Statements { get; } = new(connection);

        public void Dispose()
        {
            Statements.Dispose();
            Connection.Dispose();
        }
    }
}
