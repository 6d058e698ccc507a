using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using Vigil.Cli.Client;
using Vigil.Cli.Commands;
using Vigil.Cli.Terminal;
using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Cli.Chat;

/// <summary>The running gateway, or one that was started for the time of this chat and is stopped after it.</summary>
internal sealed class GatewayForChat : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private const int MostLines = 20;

    private readonly Process? _started;

    private GatewayForChat(GatewayClient client, Process? started)
    {
        Client = client;
        _started = started;
    }

    public GatewayClient Client { get; }

    public static async Task<GatewayForChat> FindOrStartAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (await RunningAsync(parsed, cancellationToken) is { } running)
            return new GatewayForChat(running, null);
        Output.Note("No gateway is running; starting one for this chat.");
        var home = Shared.HomeOf(parsed);
        var errors = new ConcurrentQueue<string>();
        var process = Start(home.Root, errors);
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < s_startLimit && (!process.HasExited || IsRefused(process, home)))
        {
            await Task.Delay(s_look, TimeProvider.System, cancellationToken);
            if (await RunningAsync(parsed, cancellationToken) is { } client)
                return new GatewayForChat(client, process.HasExited ? null : process);
        }
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(cancellationToken);
        var why = errors.IsEmpty ? "." : $":\n{string.Join('\n', errors)}\n";
        throw new FaultException(new Fault("start_failed", $"The gateway did not start{why}", errors.IsEmpty ? "Start it by hand to see why: vigil up" : null) { Kind = FaultKind.Unavailable });
    }

    // Somebody else has the home: a gateway that was started a moment before and is about to listen.
    private static bool IsRefused(Process process, VigilHome home) => process.ExitCode == CommandLine.Failed && File.Exists(Path.ChangeExtension(home.LockFile, ".pid"));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_started is null)
            return;
        // Its standard input was its only tie to us: when that closes it stops in an orderly way.
        _started.StandardInput.Close();
        using var limit = new CancellationTokenSource(s_stopLimit, TimeProvider.System);
        try
        {
            await _started.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _started.Kill(entireProcessTree: true);
        }
        _started.Dispose();
    }

    private static async Task<GatewayClient?> RunningAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        GatewayClient client;
        try
        {
            client = Shared.Client(parsed);
        }
        catch (FaultException none) when (none.Fault == GatewayClient.NotRunning)
        {
            return null;
        }
        try
        {
            using var ready = await client.OpenAsync(HttpMethod.Get, "/readyz", "application/json", cancellationToken);
            return client;
        }
        catch (FaultException none) when (none.Fault == GatewayClient.NotRunning || none.Fault.Kind == FaultKind.Unavailable)
        {
            client.Dispose();
            return null;
        }
    }

    private static Process Start(string home, ConcurrentQueue<string> errors)
    {
        var program = Environment.ProcessPath!;
        List<string> arguments = ["up", "--quiet", "--port", "0", "--home", home, "--until-input-ends"];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            arguments.Insert(0, Path.Combine(AppContext.BaseDirectory, "vigil.dll"));
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text && errors.Count < MostLines)
                errors.Enqueue(text);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
