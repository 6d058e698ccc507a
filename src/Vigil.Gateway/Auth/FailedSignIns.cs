using System.Collections.Concurrent;
using System.Net;

namespace Vigil.Gateway.Auth;

/// <summary>Counts wrong keys by address: after too many within a minute that address waits. Right keys are never held up.</summary>
internal sealed class FailedSignIns(TimeProvider time)
{
    private const int Allowed = 20;
    private const int MostAddresses = 10_000;
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<IPAddress, Window> _windows = new();

    /// <summary>Notes a failure; how long the address has to wait, or null while it is within what is allowed.</summary>
    public TimeSpan? Add(IPAddress? address)
    {
        var now = time.GetUtcNow();
        var window = _windows.AddOrUpdate(
            address ?? IPAddress.None,
            _ => new Window(now, 1),
            (_, old) => now - old.Since >= s_window ? new Window(now, 1) : old with { Failures = old.Failures + 1 });
        if (_windows.Count > MostAddresses)
            Forget(now);
        return window.Failures > Allowed ? window.Since + s_window - now : null;
    }

    // A flood from many addresses must not fill the memory: when forgetting the old ones is not enough, all start anew.
    private void Forget(DateTimeOffset now)
    {
        foreach (var (address, window) in _windows)
            if (now - window.Since >= s_window)
                _windows.TryRemove(address, out _);
        if (_windows.Count > MostAddresses)
            _windows.Clear();
    }

    private sealed record Window(DateTimeOffset Since, int Failures);
}
