using System.Diagnostics;
using System.Net.Http.Headers;
using Vigil.Settings;

namespace Vigil.Bench.Agents;

/// <summary>A gateway process on a home of the bench.</summary>
internal sealed class BenchGateway : IDisposable
{
    private const string Listens = "Vigil listens on ";

    private readonly Process _process;

    private BenchGateway(Process process, Uri address, TimeSpan start, VigilHome home)
    {
        _process = process;
        Start = start;
        Http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 500 }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(home.GatewayKeyFile).Trim());
    }

    public HttpClient Http { get; }

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan Start { get; }

    public double Megabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1024.0 / 1024;
        }
    }

    public TimeSpan Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <param name="directory">Where the program lies; null for the build of this bench.</param>
    public static async Task<BenchGateway> StartAsync(VigilHome home, string? directory = null)
    {
        var began = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(directory ?? AppContext.BaseDirectory, "vigil.dll"), "up", "--home", home.Root, "--port", "0", "--until-input-ends"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith(Listens, StringComparison.Ordinal))
                continue;
            _ = process.StandardOutput.ReadToEndAsync();
            var address = new Uri(line[Listens.Length..]);
            using var client = new HttpClient { BaseAddress = address };
            (await client.GetAsync("/healthz")).EnsureSuccessStatusCode();
            return new BenchGateway(process, address, Stopwatch.GetElapsedTime(began), home);
        }
        throw new InvalidOperationException("The gateway did not start.");
    }

    public void Dispose()
    {
        Http.Dispose();
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
