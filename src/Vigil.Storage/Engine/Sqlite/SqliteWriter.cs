using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Vigil.Settings;
using Vigil.Storage.Events;

namespace Vigil.Storage.Engine.Sqlite;

/// <summary>
/// The only writer of the file. It takes what waits into one transaction, so that many callers share one flush to the disk, and answers them after the commit.
/// One that fails does not take the others along: the batch runs again then, with a savepoint for each. A caller who finds nobody else here commits on its own thread: a hand-over and back
/// would cost it as much again as a fast disk's flush. One that has something to do meanwhile need not wait for that flush either.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int BatchLimit = 512;
    private const int QueueLimit = 4096;

    private readonly Channel<PendingWrite> _queue = Channel.CreateBounded<PendingWrite>(
        new BoundedChannelOptions(QueueLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly string _file;
    private readonly SqliteConnection _connection;
    private readonly PreparedStatements _statements;
    private readonly SqliteSync _synchronous;
    private readonly EventWatch _watch;
    private readonly SqliteFlush _flush;
    private readonly Task _loop;

    // Held by whoever uses the connection.
    private readonly SemaphoreSlim _turn = new(1, 1);

    // While callers come in crowds all of them go through the queue: one that went ahead would cost the rest a flush.
    private volatile bool _crowded;

    // What the connection is set to now.
    private SqliteSync _set;

    public SqliteWriter(string file, SqliteConnection connection, SqliteSync synchronous, EventWatch watch)
    {
        _file = file;
        _connection = connection;
        _synchronous = _set = synchronous;
        _flush = new SqliteFlush(file);
        _statements = new PreparedStatements(connection);
        _watch = watch;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Why the last batch could not be kept, if that will stay so until somebody acts.</summary>
    public StoreException? Trouble { get; private set; }

    public async Task<T> WriteAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken)
    {
        var pending = new PendingWrite<T>(write, cancellationToken);
        if (!TryCommitAlone(pending, _synchronous))
            await QueueAsync(pending);
        return await pending.Task;
    }

    public async Task<Committed<T>> CommitAsync<T>(Func<Db, Task<T>> write, CancellationToken cancellationToken)
    {
        var pending = new PendingWrite<T>(write, cancellationToken);
        if (TryCommitAlone(pending, SqliteSync.Normal))
            return new Committed<T>(await pending.Task, _synchronous == SqliteSync.Full ? _flush.RunAsync() : Task.CompletedTask);
        // A flush that is shared with the others costs less than one more.
        await QueueAsync(pending);
        return new Committed<T>(await pending.Task, Task.CompletedTask);
    }

    /// <summary>Commits what waits, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        var isFirst = _queue.Writer.TryComplete();
        await _loop;
        if (!isFirst)
            return;
        // Kept: nobody writes any more.
        await _turn.WaitAsync(CancellationToken.None);
        _statements.Dispose();
        await _connection.DisposeAsync();
        await _flush.DisposeAsync();
    }

    private bool TryCommitAlone(PendingWrite pending, SqliteSync synchronous)
    {
        if (_crowded || !_turn.Wait(0, CancellationToken.None))
            return false;
        Commit([pending], synchronous);
        _turn.Release();
        pending.Answer();
        return true;
    }

    private async Task QueueAsync(PendingWrite pending)
    {
        try
        {
            await _queue.Writer.WriteAsync(pending, pending.CancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new StoreException(StoreProblem.Closed, "The database is closed.", "The gateway is stopping: ask again when it is back.");
        }
    }

    private async Task RunAsync()
    {
        var batch = new List<PendingWrite>(BatchLimit);
        while (await _queue.Reader.WaitToReadAsync())
        {
            await _turn.WaitAsync(CancellationToken.None);
            while (batch.Count < BatchLimit && _queue.Reader.TryRead(out var write))
                batch.Add(write);
            Commit(batch, _synchronous);
            _crowded = batch.Count > 1;
            _turn.Release();
            foreach (var write in batch)
                write.Answer();
            batch.Clear();
        }
    }

    private void Commit(IReadOnlyList<PendingWrite> batch, SqliteSync synchronous)
    {
        try
        {
            if (_set != synchronous)
            {
                SqliteConnections.Execute(_connection, SqliteConnections.Synchronous(synchronous));
                _set = synchronous;
            }
            var newest = RunAll(batch, withSavepoints: false) ?? RunAll(batch, withSavepoints: true) ?? 0;
            if (SqliteLibrary.HasMoved(_connection.Handle!))
                throw SqliteErrors.Moved(_file);
            if (IsInTransaction)
                _statements.Execute("COMMIT");
            Trouble = null;
            _watch.Publish(newest);
        }
        catch (Exception e)
        {
            var failure = SqliteErrors.Translate(e, _file);
            Trouble = failure is StoreException { IsLasting: true } lasting ? lasting : null;
            foreach (var write in batch)
                write.Failure ??= failure;
            RollBack();
        }
    }

    private void RollBack()
    {
        try
        {
            if (IsInTransaction)
                _statements.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // The callers hear of the first error. If this one lasts, the next BEGIN fails on the open transaction and this is tried again.
        }
    }

    /// <summary>
    /// Runs the writes in a transaction and returns the highest id of their events. For a savepoint SQLite copies each page before it is changed, so at first there are none: null when
    /// one of several writes is not kept, and all have to run again.
    /// </summary>
    private long? RunAll(IReadOnlyList<PendingWrite> batch, bool withSavepoints)
    {
        _statements.Execute("BEGIN IMMEDIATE");
        long newest = 0;
        foreach (var write in batch)
        {
            if (Run(write, withSavepoints) is { } ofThis)
            {
                newest = Math.Max(newest, ofThis);
                continue;
            }
            if (withSavepoints)
                continue;
            _statements.Execute("ROLLBACK");
            if (batch.Count == 1)
                return 0;
            foreach (var again in batch)
                again.Failure = null;
            return null;
        }
        return newest;
    }

    /// <summary>Returns the highest id of its events, 0 when it has none; null when it is not kept.</summary>
    private long? Run(PendingWrite write, bool withSavepoint)
    {
        if (write.CancellationToken.IsCancellationRequested)
        {
            write.Failure = new OperationCanceledException(write.CancellationToken);
            return 0;
        }
        if (withSavepoint)
            _statements.Execute("SAVEPOINT one");
        var db = new Db(SqlDialect.Sqlite, _connection, transaction: null, _statements, writes: true, write.CancellationToken);
        try
        {
            RunToItsEnd(write, db);
            if (!db.IsRolledBack)
            {
                var newest = EventInsert.Into(_statements, _connection, db);
                if (withSavepoint)
                    _statements.Execute("RELEASE one");
                return newest;
            }
        }
        catch (Exception e)
        {
            write.Failure = SqliteErrors.Translate(e, _file);
            // On a full disk or a broken one SQLite itself gives up the whole transaction: nothing of this batch is left to commit.
            if (!IsInTransaction)
                throw;
        }
        finally
        {
            db.End();
        }
        if (withSavepoint)
        {
            _statements.Execute("ROLLBACK TO one");
            _statements.Execute("RELEASE one");
        }
        return null;
    }

    /// <summary>Everything on SQLite completes at once. A callback that does not waits for something else, perhaps for this very writer, and would stop all writes.</summary>
    private static void RunToItsEnd(PendingWrite write, Db db)
    {
        var run = write.RunAsync(db);
        if (!run.IsCompleted)
            throw new InvalidOperationException("A write awaited something other than the Db that it was given.");
        run.GetAwaiter().GetResult();
    }

    private bool IsInTransaction => raw.sqlite3_get_autocommit(_connection.Handle) == 0;
}
