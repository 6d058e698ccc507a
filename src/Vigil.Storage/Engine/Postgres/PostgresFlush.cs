using System.Data;
using Npgsql;
using Vigil.Storage.Events;

namespace Vigil.Storage.Engine.Postgres;

/// <summary>
/// Waits for the server's disk, once for all commits that stand before it at that moment. It has a connection of its own that is open before the commits are sent: a server
/// that went down in between, and lost them, has closed it, so a wait that succeeds is proof. See docs/decisions/0002-event-order.md.
/// </summary>
internal sealed class PostgresFlush : IAsyncDisposable
{
    /// <summary>A commit of its own that writes next to nothing and returns when it and everything before it is on the server's disk.</summary>
    public const string Sql = "SELECT pg_logical_emit_message(true, 'vigil', '')";

    private readonly NpgsqlDataSource _source;
    private readonly string _withEvents;
    private readonly SemaphoreSlim _opening = new(1);
    private Line? _line;

    public PostgresFlush(string connection, PostgresEventNames names)
    {
        var own = new NpgsqlConnectionStringBuilder(connection) { MaxPoolSize = 1, MinPoolSize = 0 };
        own.ApplicationName = $"vigil flush {own.SearchPath}";
        // An idle gateway asks nothing of it for hours: it must not be found dead by the first commit after them.
        own.KeepAlive = 30;
        _source = NpgsqlDataSource.Create(own);
        _withEvents = $"{Sql}, pg_notify('{names.Channel}', @newest::text)";
    }

    /// <summary>To be called before the commit is sent.</summary>
    public async ValueTask<Line> OpenAsync(CancellationToken cancellationToken)
    {
        if (_line is { IsBroken: false } open)
            return open;
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_line is { IsBroken: false } meanwhile)
                return meanwhile;
            if (_line is not null)
                await _line.DisposeAsync();
            return _line = new Line(await _source.OpenConnectionAsync(cancellationToken), _withEvents);
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_line is not null)
            await _line.DisposeAsync();
        await _source.DisposeAsync();
        _opening.Dispose();
    }

    internal sealed class Line(NpgsqlConnection connection, string withEvents) : IAsyncDisposable
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource? _next;
        private Exception? _failure;
        private Task _running = Task.CompletedTask;
        private bool _runs;
        private long _newest;
        private long _told;

        public bool IsBroken => Volatile.Read(ref _failure) is not null || connection.State != ConnectionState.Open;

        /// <summary>Returns when everything that was committed before the call is on the disk. The other nodes are told of events up to the id.</summary>
        public Task FlushAsync(long newest)
        {
            lock (_lock)
            {
                if (_failure is not null)
                    return Task.FromException(_failure);
                _newest = Math.Max(_newest, newest);
                // The one under way may have been sent before the commit.
                var task = (_next ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                if (!_runs)
                {
                    _runs = true;
                    _running = RunAsync();
                }
                return task;
            }
        }

        /// <summary>Waits for the flush under way: a connection cannot be closed while it is listened to.</summary>
        public async ValueTask DisposeAsync()
        {
            await _running;
            await connection.DisposeAsync();
        }

        private async Task RunAsync()
        {
            while (Next() is var (waiting, newest))
            {
                try
                {
                    await using var command = new NpgsqlCommand(newest > _told ? withEvents : Sql, connection);
                    if (newest > _told)
                        command.Parameters.Add(new NpgsqlParameter<long>("newest", newest));
                    // Not cancellable, as the commits are not.
                    await command.ExecuteNonQueryAsync(CancellationToken.None);
                    _told = newest;
                    waiting.SetResult();
                }
                catch (Exception e)
                {
                    lock (_lock)
                    {
                        _failure = e;
                        _next?.SetException(e);
                        _next = null;
                    }
                    waiting.SetException(e);
                    return;
                }
            }
        }

        private (TaskCompletionSource Waiting, long Newest)? Next()
        {
            lock (_lock)
            {
                if (_next is not { } waiting)
                {
                    _runs = false;
                    return null;
                }
                _next = null;
                return (waiting, _newest);
            }
        }
    }
}
