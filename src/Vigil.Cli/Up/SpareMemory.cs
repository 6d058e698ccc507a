using System.Runtime.InteropServices;

namespace Vigil.Cli.Up;

/// <summary>
/// Gives memory back that an idle gateway does not need. A start leaves much garbage behind, and one that idles allocates too little for the collector to come by; the C
/// library keeps what the compiler of the runtime has freed, some ten megabytes, for its next use.
/// </summary>
internal static class SpareMemory
{
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(10);

    public static async Task KeepAsync(CancellationToken stopping)
    {
        try
        {
            await Task.Delay(s_settled, TimeProvider.System, stopping);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            using var timer = new PeriodicTimer(s_every, TimeProvider.System);
            do
                _ = Trim(0);
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The gateway ends, and all its memory with it.
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            // Only the GNU C library has it; others keep less.
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int Trim(nint keep);
}
