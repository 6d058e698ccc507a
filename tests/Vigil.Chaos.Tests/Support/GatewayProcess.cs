using System.Diagnostics;
using System.Net;
using System.Text;

namespace Vigil.Chaos.Tests.Support;

/// <summary>One life of a real gateway: a process of its own that can be killed, frozen and stopped.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private const string Listens = "Vigil listens on ";

    private static readonly HttpClient s_probe = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri?> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayProcess(Process process) => _process = process;

    public Uri? Address => _address.Task.IsCompletedSuccessfully ? _address.Task.Result : null;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts it and does not wait.</summary>
    public static GatewayProcess Begin(GatewayHome home)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var word in new[] { Path.Combine(AppContext.BaseDirectory, "vigil.dll"), "up", "--home", home.Root, "--port", "0" })
            start.ArgumentList.Add(word);
        foreach (var (name, value) in home.Environment)
            start.Environment[name] = value;
        // Short lives are mostly start: compile quickly, never twice.
        start.Environment["DOTNET_TieredPGO"] = "0";
        var process = new Process { StartInfo = start };
        var gateway = new GatewayProcess(process);
        process.OutputDataReceived += (_, line) => gateway.Take(line.Data);
        process.ErrorDataReceived += (_, line) => gateway.Take(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = gateway.EndAsync();
        return gateway;
    }

    public static async Task<GatewayProcess> StartAsync(GatewayHome home)
    {
        var gateway = Begin(home);
        Assert.True(await gateway.ReadyAsync(), $"The gateway ended before it was ready:\n{gateway.Output}");
        return gateway;
    }

    /// <summary>True when it is ready, false when it ended before.</summary>
    public async Task<bool> ReadyAsync()
    {
        if (await _address.Task is not { } address)
            return false;
        await Until.IsTrueAsync("readiness", async () => _process.HasExited || await AnswersAsync(new Uri(address, "/readyz")), () => Output);
        return !_process.HasExited;
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to stop and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    public Task SaysAsync(string text) => Until.IsTrueAsync($"'{text}' in the log", () => Task.FromResult(Output.Contains(text, StringComparison.Ordinal)), () => Output);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(Uri address)
    {
        try
        {
            using var answer = await s_probe.GetAsync(address);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.AppendLine(line);
        if (line.IndexOf(Listens, StringComparison.Ordinal) is var at and >= 0)
            _address.TrySetResult(new Uri(line[(at + Listens.Length)..].Split(' ')[0]));
    }

    private async Task EndAsync()
    {
        await _process.WaitForExitAsync();
        _address.TrySetResult(null);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }
}
