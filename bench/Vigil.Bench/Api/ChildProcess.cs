using System.Diagnostics;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Bench.Api;

/// <summary>A server in a process of its own: it says where it listens, and ends when its input does.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public int Id => _process.Id;

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public long MemoryMb
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / (1024 * 1024);
        }
    }

    /// <summary>A gateway on a home of its own whose models are those of the given provider.</summary>
    public static async Task<ChildProcess> GatewayAsync(VigilHome home, Uri provider)
    {
        foreach (var agent in new[] { AgentId.Main, AgentId.Parse("other") })
            Directory.CreateDirectory(home.Workspace(agent));
        await File.WriteAllTextAsync(home.AgentFile(AgentId.Parse("other")), "{}");
        await File.WriteAllTextAsync(home.SettingsFile, new JsonObject
        {
            ["models"] = new JsonObject
            {
                ["default"] = "fake/bench",
                ["providers"] = new JsonObject { ["fake"] = new JsonObject { ["kind"] = "openai", ["baseUrl"] = provider.ToString() } },
            },
            ["gateway"] = new JsonObject
            {
                ["heartbeat"] = new JsonObject { ["enabled"] = false },
                ["api"] = new JsonObject { ["slots"] = 2000, ["slotsPerKey"] = 2000, ["queue"] = 2000 },
            },
        }.ToJsonString());
        return await StartAsync("Vigil listens on ", Path.Combine(AppContext.BaseDirectory, "vigil.dll"), "up", "--home", home.Root, "--port", "0", "--until-input-ends");
    }

    public static Task<ChildProcess> ProxyAsync(Uri provider)
        => StartAsync(PassThroughProxy.Listens, typeof(ChildProcess).Assembly.Location, PassThroughProxy.Name, provider.ToString());

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task<ChildProcess> StartAsync(string listens, params IEnumerable<string> arguments)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(listens, StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new ChildProcess(process, new Uri(line[listens.Length..]));
            }
        }
        throw new InvalidOperationException("The server did not start.");
    }
}
