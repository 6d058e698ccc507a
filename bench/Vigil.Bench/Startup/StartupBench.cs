using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Vigil.Bench.Startup;

/// <summary>From the start of the process to the first 200 of <c>/healthz</c>, with a cold home and a warm one, and what it weighs idle. Takes the directory of a published build.</summary>
internal static class StartupBench
{
    private const int Runs = 7;

    public static async Task RunAsync(string[] args)
    {
        var program = Path.Combine(args.FirstOrDefault() ?? throw new ArgumentException("Name the directory of a published build."), "vigil.dll");
        var cold = new List<double>();
        var warm = new List<double>();
        var memory = new List<double>();
        var root = Directory.CreateTempSubdirectory("vigil-bench-");
        try
        {
            for (var i = 0; i < Runs; i++)
            {
                var home = Path.Combine(root.FullName, $"home{i}");
                cold.Add((await OnceAsync(program, home, idle: false)).Milliseconds);
                var (milliseconds, megabytes) = await OnceAsync(program, home, idle: i == 0);
                warm.Add(milliseconds);
                if (i == 0)
                    memory.Add(megabytes);
            }
        }
        finally
        {
            root.Delete(recursive: true);
        }
        Console.WriteLine($"start to first 200 of /healthz, cold home: median {Median(cold):0} ms, worst {cold.Max():0} ms of {Runs}");
        Console.WriteLine($"start to first 200 of /healthz, warm home: median {Median(warm):0} ms, worst {warm.Max():0} ms of {Runs}");
        Console.WriteLine($"resident memory after 90 s idle: {memory[0]:0} MiB");
    }

    private static async Task<(double Milliseconds, double Megabytes)> OnceAsync(string program, string home, bool idle)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet", [program, "up", "--home", home, "--port", $"{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(1) });
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            while (!await AnswersAsync(client, port))
            {
                if (process.HasExited)
                    throw new InvalidOperationException("The gateway did not start.");
                await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            }
            var milliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            if (idle)
                await Task.Delay(TimeSpan.FromSeconds(90), TimeProvider.System);
            process.Refresh();
            return (milliseconds, process.WorkingSet64 / 1024.0 / 1024);
        }
        finally
        {
            using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
                await kill.WaitForExitAsync();
            await process.WaitForExitAsync();
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient client, int port)
    {
        try
        {
            return (await client.GetAsync($"http://127.0.0.1:{port}/healthz")).IsSuccessStatusCode;
        }
        // The second comes while the gateway is about to listen, from the middle of a connection.
        catch (Exception notYet) when (notYet is HttpRequestException or SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
