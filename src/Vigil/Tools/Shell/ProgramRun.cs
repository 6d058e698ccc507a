using System.Diagnostics;
using System.Text;

namespace Vigil.Tools.Shell;

/// <summary>What a program came to.</summary>
/// <param name="ExitCode">Null when it was stopped at its limit.</param>
internal sealed record ProgramEnd(int? ExitCode, string Output, long DroppedCharacters);

/// <summary>One child process without a shell in between: arguments reach it as they are, nothing is inherited but what is given.</summary>
internal sealed record ProgramRun
{
    /// <summary>Characters of output that are kept.</summary>
    public const int Kept = 60_000;

    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(1);

    public required string File { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public string? Input { get; init; }

    public required TimeSpan Limit { get; init; }

    /// <summary>Starts the program at once; the task ends with it, or when it was killed with all of its children.</summary>
    /// <param name="output">Where its output goes, for those who look while it runs.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program could not be started. Thrown at the call, not by the task.</exception>
    public Task<ProgramEnd> RunAsync(TimeProvider time, CancellationToken cancellationToken, CappedOutput? output = null)
    {
        var process = new Process { StartInfo = Start() };
        try
        {
            process.Start();
        }
        catch
        {
            process.Dispose();
            throw;
        }
        return EndAsync(process, output ?? new CappedOutput(Kept), time, cancellationToken);
    }

    private async Task<ProgramEnd> EndAsync(Process process, CappedOutput output, TimeProvider time, CancellationToken cancellationToken)
    {
        using var owned = process;
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var reading = Task.WhenAll(output.ReadAsync(process.StandardOutput), output.ReadAsync(process.StandardError));
        try
        {
            await FeedAsync(process, both.Token);
            await process.WaitForExitAsync(both.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await DrainAsync(reading, time);
            cancellationToken.ThrowIfCancellationRequested();
            return new ProgramEnd(null, output.Text, output.Dropped);
        }
        await DrainAsync(reading, time);
        return new ProgramEnd(process.ExitCode, output.Text, output.Dropped);
    }

    private ProcessStartInfo Start()
    {
        var start = new ProcessStartInfo(File, Arguments)
        {
            WorkingDirectory = WorkingDirectory,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return start;
    }

    private async Task FeedAsync(Process process, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync((Input ?? "").AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program closed its input or ended without reading it; its exit code says what that means.
        }
    }

    // A child of the program that went into the background may hold the pipes open for ever; its output is not waited for.
    private static async Task DrainAsync(Task reading, TimeProvider time)
    {
        try
        {
            await reading.WaitAsync(DrainLimit, time);
        }
        catch (TimeoutException)
        {
        }
    }
}
