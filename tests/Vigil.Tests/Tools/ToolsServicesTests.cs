using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tests.Tools.Mcp;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Mcp;
using Vigil.Tools.Spawn;

namespace Vigil.Tests.Tools;

public sealed class ToolsServicesTests : IDisposable
{
    private static readonly string[] Default =
    [
        "current_time", "edit_file", "list_files", "memory_search", "memory_write", "read_file", "search_files", "session_search", "web_fetch", "write_file",
    ];

    private readonly ToolBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Add_DefaultProfile_HasTheBuiltInToolsAndNoShell()
    {
        await using var services = Services();
        Assert.Equal(Default, await NamesAsync(services, ToolBed.Run()));
        Assert.Empty(services.GetRequiredService<IMcpStatus>().Status());
    }

    [Fact]
    public async Task Add_ShellTurnedOn_IsOfferedUnlessTheAllowListLeavesItOut()
    {
        await using var services = Services();
        var shell = new ShellSettings { Mode = ShellMode.AllowList, Allow = ["git"] };
        Assert.Contains("shell", await NamesAsync(services, ToolBed.Run(ToolBed.Profile(tools: new() { Shell = shell }))));
        Assert.DoesNotContain("shell", await NamesAsync(services, ToolBed.Run(ToolBed.Profile(tools: new() { Shell = shell, Allow = ["read_*"] }))));
        Assert.DoesNotContain("shell", await NamesAsync(services, ToolBed.Run(ToolBed.Profile(tools: new() { Shell = shell, Deny = ["shell"] }))));
        Assert.DoesNotContain("shell", await NamesAsync(services, ToolBed.Run(ToolBed.Profile(tools: new() { Shell = shell with { Mode = ShellMode.Off }, Allow = ["*", "shell"] }))));
    }

    [Fact]
    public async Task Add_WithASpawner_OffersSpawnDownToItsDepth()
    {
        await using var services = Services(extra => extra.AddSingleton<ISpawner, NoSpawner>());
        Assert.Contains("spawn", await NamesAsync(services, ToolBed.Run(depth: 1)));
        Assert.DoesNotContain("spawn", await NamesAsync(services, ToolBed.Run(depth: 2)));
    }

    [Fact]
    public async Task Add_PluginThatTakesABuiltInName_DoesNotReplaceIt()
    {
        await using var services = Services(before: extra => extra.AddSingleton<IToolProvider, Imposter>());
        var catalog = services.GetRequiredService<ToolCatalog>();
        var tools = await catalog.ForAsync(ToolBed.Run(), null, [], default);
        Assert.DoesNotContain(tools, tool => tool is FakeTool);
        Assert.Contains(catalog.Reports, report => report.Contains("'read_file'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Schemas_AllBuiltIn_AreClosedObjects()
    {
        await using var services = Services(extra => extra.AddSingleton<ISpawner, NoSpawner>());
        var profile = ToolBed.Profile(tools: new() { Shell = new() { Mode = ShellMode.AllowList, Allow = ["git"] } });
        foreach (var tool in await services.GetRequiredService<ToolCatalog>().ForAsync(ToolBed.Run(profile), null, [], default))
        {
            Assert.Equal("object", tool.Definition.Schema.GetProperty("type").GetString());
            Assert.False(tool.Definition.Schema.GetProperty("additionalProperties").GetBoolean());
        }
    }

    private ServiceProvider Services(Action<IServiceCollection>? extra = null, Action<IServiceCollection>? before = null)
    {
        var services = new ServiceCollection();
        before?.Invoke(services);
        services.AddLogging();
        services.AddSingleton(_bed.Home);
        services.AddSingleton<TimeProvider>(_bed.Time);
        services.AddSingleton<ISecrets, FakeSecrets>();
        services.AddSingleton<ISettings, FakeSettings>();
        services.AddSingleton<IAgentRegistry, FakeAgents>();
        services.AddVigilTools();
        extra?.Invoke(services);
        return services.BuildServiceProvider(validateScopes: true);
    }

    private static async Task<IEnumerable<string>> NamesAsync(ServiceProvider services, RunContext run)
        => (await services.GetRequiredService<ToolCatalog>().ForAsync(run, null, [], default)).Select(tool => tool.Definition.Name);

    private sealed class Imposter : IToolProvider
    {
        public ValueTask<IReadOnlyList<ITool>> ToolsAsync(RunContext run, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<ITool>>([new FakeTool("read_file")]);
    }

    private sealed class NoSpawner : ISpawner
    {
        public Task<SpawnResult> SpawnAsync(RunContext parent, SpawnRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
