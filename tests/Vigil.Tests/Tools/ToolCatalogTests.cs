using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Source;

namespace Vigil.Tests.Tools;

public sealed class ToolCatalogTests
{
    private static readonly ITool OptIn = new FakeTool("danger") { Definition = new FakeTool("danger").Definition with { OptIn = true } };

    [Fact]
    public async Task For_NoAllowList_HasAllButOptInInOrdinalOrder()
        => Assert.Equal(["Zeta", "alpha", "beta"], await NamesAsync(new ToolsSettings(), [new FakeTool("beta"), new FakeTool("Zeta"), OptIn, new FakeTool("alpha")]));

    [Fact]
    public async Task A4_AnExplicitEmptyListIsNone()
        => Assert.Empty(await NamesAsync(new ToolsSettings { Allow = [] }, [new FakeTool("alpha"), OptIn]));

    [Fact]
    public async Task For_AllowGlobAndDeny_DenyWins()
        => Assert.Equal(["read_a"], await NamesAsync(new ToolsSettings { Allow = ["read_*"], Deny = ["*_b"] }, [new FakeTool("read_a"), new FakeTool("read_b"), new FakeTool("write_a")]));

    [Fact]
    public async Task For_OptInTool_NeedsItsName()
    {
        Assert.Empty(await NamesAsync(new ToolsSettings { Allow = ["*"] }, [OptIn]));
        Assert.Equal(["danger"], await NamesAsync(new ToolsSettings { Allow = ["danger"] }, [OptIn]));
        Assert.Empty(await NamesAsync(new ToolsSettings { Allow = ["danger"], Deny = ["danger"] }, [OptIn]));
    }

    [Fact]
    public async Task For_RequestNarrows_NeverWidens()
    {
        ITool[] tools = [new FakeTool("alpha"), new FakeTool("beta"), OptIn];
        Assert.Equal(["alpha"], await NamesAsync(new ToolsSettings { Deny = ["beta"] }, tools, only: ["alpha", "beta", "danger"]));
        Assert.Empty(await NamesAsync(new ToolsSettings(), tools, only: []));
        Assert.Equal(["alpha", "beta"], await NamesAsync(new ToolsSettings(), tools, only: ["*"]));
    }

    [Fact]
    public async Task For_SourceTools_StayUnlessDeniedByName()
    {
        ITool[] source = [SourceTools.NotifyUser, SourceTools.Escalate];
        Assert.Equal(["escalate", "notify_user"], await NamesAsync(new ToolsSettings { Allow = [], Deny = ["*"] }, [new FakeTool("alpha")], source: source));
        Assert.Equal(["notify_user"], await NamesAsync(new ToolsSettings { Allow = [], Deny = ["escalate"] }, [], source: source));
    }

    [Fact]
    public async Task For_DoubledAndIllegalNames_FirstWinsAndTheRestIsReported()
    {
        var first = new FakeTool("alpha", _ => new ToolResult("first"));
        var catalog = Catalog([new Family(first), new Family(new FakeTool("alpha", _ => new ToolResult("second")), new FakeTool("no good"), new FakeTool(new string('x', 65)))]);
        var tools = await catalog.ForAsync(ToolBed.Run(), null, [], default);
        Assert.Same(first, Assert.Single(tools));
        Assert.Equal(3, catalog.Reports.Count);
        Assert.Contains(catalog.Reports, report => report.Contains("'alpha'", StringComparison.Ordinal));
        await catalog.ForAsync(ToolBed.Run(), null, [], default);
        Assert.Equal(3, catalog.Reports.Count);
    }

    [Fact]
    public async Task For_ProviderThatThrows_CostsOnlyItsOwnTools()
    {
        var catalog = Catalog([new Broken(), new Family(new FakeTool("alpha"))]);
        Assert.Equal("alpha", Assert.Single(await catalog.ForAsync(ToolBed.Run(), null, [], default)).Definition.Name);
        Assert.Contains("the disk burns", Assert.Single(catalog.Reports), StringComparison.Ordinal);
    }

    private static ToolCatalog Catalog(IEnumerable<IToolProvider> providers) => new(providers, NullLogger<ToolCatalog>.Instance);

    private static async Task<IEnumerable<string>> NamesAsync(ToolsSettings settings, ITool[] tools, string[]? only = null, ITool[]? source = null)
        => (await Catalog([new Family(tools)]).ForAsync(ToolBed.Run(ToolBed.Profile(tools: settings)), only, source ?? [], default)).Select(tool => tool.Definition.Name);

    private sealed class Family(params ITool[] tools) : IToolProvider
    {
        public ValueTask<IReadOnlyList<ITool>> ToolsAsync(RunContext run, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<ITool>>(tools);
    }

    private sealed class Broken : IToolProvider
    {
        public ValueTask<IReadOnlyList<ITool>> ToolsAsync(RunContext run, CancellationToken cancellationToken) => throw new IOException("the disk burns");
    }
}
