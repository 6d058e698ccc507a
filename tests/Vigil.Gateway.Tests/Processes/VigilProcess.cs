using System.Diagnostics;
using System.Text.Json;

namespace Vigil.Gateway.Tests.Processes;

/// <summary>Real processes of the built command, on a home of their own.</summary>
internal sealed class VigilProcess : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _link = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 2;

    private VigilProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Read(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Read(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => Text(_output);

    public string Errors => Text(_errors);

    public int Id => _process.Id;

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(string home, params string[] arguments) => await RunAsync(home, new Dictionary<string, string>(), arguments);

    public static async Task<(int Code, string Output, string Errors)> RunAsync(string home, IReadOnlyDictionary<string, string> environment, params string[] arguments)
        => await EndedAsync(Start(home, environment, arguments));

    public static async Task<(int Code, string Output, string Errors)> RunInAsync(string directory, string home, params string[] arguments)
    {
        var start = Start(home, new Dictionary<string, string>(), arguments);
        start.WorkingDirectory = directory;
        return await EndedAsync(start);
    }

    private static async Task<(int Code, string Output, string Errors)> EndedAsync(ProcessStartInfo start)
    {
        using var process = new VigilProcess(start);
        var code = await process.EndAsync();
        return (code, process.Output, process.Errors);
    }

    /// <summary>Runs a command in a terminal of that width and returns all that the terminal was told.</summary>
    public static async Task<string> OnTerminalAsync(string home, int columns, params string[] arguments)
    {
        var command = $"stty cols {columns}; exec dotnet {Path.Combine(AppContext.BaseDirectory, "vigil.dll")} {string.Join(' ', arguments)}";
        var start = Start(home, new Dictionary<string, string> { ["TERM"] = "xterm" }, []);
        start.FileName = "script";
        start.ArgumentList.Clear();
        foreach (var word in new[] { "-qec", command, "/dev/null" })
            start.ArgumentList.Add(word);
        using var process = new VigilProcess(start);
        await process.EndAsync();
        return process.Output;
    }

    /// <summary>Runs a command whose streams a shell leads somewhere, for example <c>&gt; /dev/full</c>.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunInShellAsync(string home, string words)
    {
        var start = Start(home, new Dictionary<string, string>(), []);
        start.FileName = "sh";
        start.ArgumentList.Clear();
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec dotnet {Path.Combine(AppContext.BaseDirectory, "vigil.dll")} {words}");
        return await EndedAsync(start);
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>Starts a command and waits for nothing.</summary>
    public static VigilProcess Begin(string home, params string[] arguments) => new(Start(home, new Dictionary<string, string>(), arguments));

    /// <summary>Starts a gateway on a free port and waits until it listens.</summary>
    public static Task<VigilProcess> UpAsync(string home, params string[] arguments) => UpAsync(home, new Dictionary<string, string>(), arguments);

    public static Task<VigilProcess> UpAsync(string home, IReadOnlyDictionary<string, string> environment, params string[] arguments)
        => ListeningAsync(home, environment, ["up", "--port", "0", .. arguments]);

    /// <summary>Starts a demo, which makes a home of its own.</summary>
    public static Task<VigilProcess> DemoAsync(string home, params string[] arguments) => ListeningAsync(home, new Dictionary<string, string>(), ["demo", .. arguments]);

    private static async Task<VigilProcess> ListeningAsync(string home, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var process = new VigilProcess(Start(home, environment, arguments));
        var first = await Task.WhenAny(process._address.Task, process._ended.Task).WaitAsync(s_patience);
        return first == process._address.Task ? process : throw new InvalidOperationException($"The gateway did not start: {process.Errors}");
    }

    public async Task<HttpClient> ClientAsync(string home)
    {
        var client = new HttpClient { BaseAddress = new Uri(await _address.Task) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", (await File.ReadAllTextAsync(Path.Combine(home, "secrets", "gateway.key"))).Trim());
        return client;
    }

    public Task<string> LinkAsync() => _link.Task.WaitAsync(s_patience);

    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(s_patience);
        await _ended.Task.WaitAsync(s_patience);
        return _process.ExitCode;
    }

    /// <summary>What <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync();
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Id.ToString(null as IFormatProvider)]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static ProcessStartInfo Start(string home, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "vigil.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("VIGIL", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_API_KEY", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["VIGIL_HOME"] = home;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }

    private static string Text(List<string> lines)
    {
        lock (lines)
            return string.Join('\n', lines);
    }

    private void Read(List<string> lines, string? line)
    {
        if (line is null)
        {
            if (Interlocked.Decrement(ref _open) == 0)
                _ended.TrySetResult();
            return;
        }
        lock (lines)
            lines.Add(line);
        if (line.StartsWith("Vigil listens on ", StringComparison.Ordinal))
            _address.TrySetResult(line["Vigil listens on ".Length..]);
        if (line.Contains("/signin?token=", StringComparison.Ordinal))
            _link.TrySetResult(line[line.IndexOf("http", StringComparison.Ordinal)..]);
    }
}

/// <summary>A home that is gone after the test.</summary>
public abstract class HomeTest : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vigil-");

    protected string Home => Path.Combine(_directory.FullName, "home");

    protected string InDirectory(string name) => Path.Combine(_directory.FullName, name);

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();
}
