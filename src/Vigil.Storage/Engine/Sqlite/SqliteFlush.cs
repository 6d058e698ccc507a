using Microsoft.Win32.SafeHandles;

namespace Vigil.Storage.Engine.Sqlite;

/// <summary>
/// Waits for the disk beside the writer, once for all commits that stand before it at that moment. SQLite keeps its log, with the newest commits, in one file as long as the
/// writer is open.
/// </summary>
internal sealed class SqliteFlush(string file) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private SafeFileHandle? _log;
    private TaskCompletionSource? _next;
    private Task _loop = Task.CompletedTask;
    private bool _runs;

    /// <summary>Ends when everything that was committed before the call is on the disk.</summary>
    public Task RunAsync()
    {
        lock (_lock)
        {
            // The one under way may have begun before the commit.
            var task = (_next ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            if (!_runs)
            {
                _runs = true;
                _loop = Task.Run(Run, CancellationToken.None);
            }
            return task;
        }
    }

    /// <summary>Waits for what was asked for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loop;
        _log?.Dispose();
    }

    private void Run()
    {
        while (Next() is { } waiting)
        {
            try
            {
                _log ??= File.OpenHandle(file + "-wal", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                RandomAccess.FlushToDisk(_log);
                waiting.SetResult();
            }
            catch (Exception e)
            {
                waiting.SetException(SqliteErrors.Broken(file, e));
            }
        }
    }

    private TaskCompletionSource? Next()
    {
        lock (_lock)
        {
            var next = _next;
            _next = null;
            _runs = next is not null;
            return next;
        }
    }
}
