using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Mcp;

namespace Vigil.Tests.Tools.Mcp;

/// <summary>The MCP servers of a home, with real child processes and a clock that the test moves.</summary>
internal sealed class McpBed : IAsyncDisposable
{
    private static readonly Lazy<Task<string>> Packages = new(InstallAsync);

    private readonly ToolBed _bed = new();

    public McpBed() => Servers = new McpServers(_bed.Home, Secrets, Settings, Agents, _bed.Time, NullLogger<McpServers>.Instance);

    public FakeSecrets Secrets { get; } = new();

    public FakeSettings Settings { get; } = new();

    public FakeAgents Agents { get; } = new();

    public McpServers Servers { get; }

    public ManualTime Time => _bed.Time;

    public ToolBed Home => _bed;

    /// <summary>The misbehaving server of the tests.</summary>
    public static McpServerSettings Probe(string mode = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var file = Path.Combine(output.Parent!.Parent!.FullName, "McpProbe", output.Name, "McpProbe.dll");
        Assert.True(File.Exists(file), $"{file} is not built.");
        return new McpServerSettings { Command = "dotnet", Args = [file, mode], Environment = environment ?? new Dictionary<string, string>() };
    }

    /// <summary>A server of the npm packages, in the versions that the lock file pins.</summary>
    public static async Task<McpServerSettings> NpmAsync(string package, params string[] args)
        => new() { Command = "node", Args = [Path.Combine(await Packages.Value, "node_modules", "@modelcontextprotocol", package, "dist", "index.js"), .. args] };

    public RunContext Run(string agent, params (string Name, McpServerSettings Settings)[] servers)
    {
        var profile = ToolBed.Profile(agent) with { Mcp = servers.ToDictionary(server => server.Name, server => server.Settings, StringComparer.Ordinal) };
        Agents.Profiles[profile.Id] = profile;
        return ToolBed.Run(profile);
    }

    public async Task<IReadOnlyList<ITool>> ToolsAsync(RunContext run) => await Servers.ToolsAsync(run, default);

    /// <summary>Lists and calls, as a turn would.</summary>
    public async Task<ToolResult> CallAsync(RunContext run, string tool, Dictionary<string, object?>? arguments = null)
        => await ToolBed.InvokeAsync((await ToolsAsync(run)).Single(known => known.Definition.Name == tool), arguments ?? [], run);

    public async Task<Process> ProcessAsync(RunContext run, string server = "probe")
    {
        var result = await CallAsync(run, $"{server}__pid");
        Assert.False(result.IsError, result.Text);
        return Process.GetProcessById(int.Parse(Inner(result), null));
    }

    public static string Inner(ToolResult result) => string.Join('\n', result.Text.Split('\n')[1..^1]);

    public async ValueTask DisposeAsync()
    {
        await Servers.DisposeAsync();
        _bed.Dispose();
    }

    private static async Task<string> InstallAsync()
    {
        var source = Path.Combine(AppContext.BaseDirectory, "mcp-servers");
        var pinned = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"))))[..12];
        var shared = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "mcp-servers"));
        var target = Path.Combine(shared.FullName, pinned);
        if (Directory.Exists(target))
            return target;
        // Installed aside and renamed when complete: another test process may be doing the same.
        var making = Directory.CreateDirectory(Path.Combine(shared.FullName, $"{pinned}-{Guid.NewGuid():N}"));
        foreach (var file in Directory.GetFiles(source))
            File.Copy(file, Path.Combine(making.FullName, Path.GetFileName(file)));
        await NpmAsync(making.FullName);
        try
        {
            making.MoveTo(target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            Directory.Delete(making.FullName, recursive: true);
        }
        return target;
    }

    private static async Task NpmAsync(string directory)
    {
        const string Advice = "The MCP tests need Node.js 20 or newer with npm (Debian: apt-get install nodejs npm) and an npm registry or a filled npm cache.";
        Process npm;
        try
        {
            npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"])
            {
                WorkingDirectory = directory,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException(Advice, missing);
        }
        using (npm)
        {
            var output = await Task.WhenAll(npm.StandardOutput.ReadToEndAsync(), npm.StandardError.ReadToEndAsync());
            await npm.WaitForExitAsync();
            if (npm.ExitCode != 0)
                throw new InvalidOperationException($"{Advice} npm said: {string.Concat(output)}");
        }
    }
}

internal sealed class FakeSettings : ISettings
{
    public event Action? Changed;

    public VigilSettings Current { get; } = new();

    public IReadOnlyList<SettingsError> Errors => [];

    public long Version => 1;

    public void Change() => Changed?.Invoke();
}

internal sealed class FakeAgents : IAgentRegistry
{
    public Dictionary<AgentId, AgentProfile> Profiles { get; } = [];

    public IReadOnlyList<SettingsError> Strays => [];

    public AgentLookup Find(AgentId agent)
        => Profiles.TryGetValue(agent, out var profile) ? new() { Profile = profile } : new() { Unknown = new Fault("agent_not_found", $"There is no agent {agent}.") };

    public bool Exists(AgentId agent) => Profiles.ContainsKey(agent);

    public IReadOnlyList<AgentId> Ids(string? after = null, int limit = int.MaxValue) => [.. Profiles.Keys];

    public IReadOnlyDictionary<string, string> Origins(AgentId agent) => throw new NotSupportedException();

    public Fault? Add(AgentId agent, string? soul = null) => throw new NotSupportedException();

    public Fault? Clone(AgentId source, AgentId target, bool memory = false) => throw new NotSupportedException();

    public Fault? WhyNotRemove(AgentId agent) => throw new NotSupportedException();

    public AgentRemoval Remove(AgentId agent) => throw new NotSupportedException();
}
