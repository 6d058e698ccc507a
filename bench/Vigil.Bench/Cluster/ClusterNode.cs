using System.Diagnostics;
using System.Net.Http.Headers;
using Vigil.Settings;

namespace Vigil.Bench.Cluster;

/// <summary>One gateway process of a cluster: it can be killed and frozen.</summary>
internal sealed class ClusterNode : IDisposable
{
    private const string Listens = "Vigil listens on ";

    private readonly Process _process;

    private ClusterNode(Process process, Uri address, VigilHome home)
    {
        _process = process;
        Http = new HttpClient { BaseAddress = address };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(home.GatewayKeyFile).Trim());
    }

    public HttpClient Http { get; }

    public TimeSpan Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<ClusterNode> StartAsync(VigilHome home, string connection, string schema)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "vigil.dll"), "up", "--home", home.Root, "--port", "0", "--until-input-ends",
            "--set", "gateway.storage.kind=postgres", "--set", "gateway.storage.connection=env:BENCH_PG", "--set", $"gateway.storage.schema={schema}",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["BENCH_PG"] = connection;
        var process = Process.Start(start)!;
        // The others log what they take over; the bench counts it.
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith(Listens, StringComparison.Ordinal))
                continue;
            _ = process.StandardOutput.ReadToEndAsync();
            var node = new ClusterNode(process, new Uri(line[Listens.Length..]), home);
            (await node.Http.GetAsync("/healthz")).EnsureSuccessStatusCode();
            return node;
        }
        throw new InvalidOperationException("The gateway did not start.");
    }

    /// <summary>What <c>kill -9</c> does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}
