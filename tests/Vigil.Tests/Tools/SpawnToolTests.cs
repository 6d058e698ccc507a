using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Spawn;

namespace Vigil.Tests.Tools;

public sealed class SpawnToolTests
{
    private readonly FakeSpawner _spawner = new();

    private SpawnTool Tool => new(new Lazy<ISpawner?>(_spawner), new SpawnLimits(), ["read_file", "spawn", "web_fetch"]);

    [Fact]
    public async Task A23_WithoutAnAgent_ItIsOneselfWithTheSameToolsAtMost()
    {
        var result = await ToolBed.CallAsync(Tool, new { prompt = "count" });
        Assert.Equal("child of main", result.Text);
        var request = Assert.Single(_spawner.Requests);
        Assert.Equal(AgentId.Main, request.Agent);
        Assert.Equal(["read_file", "spawn", "web_fetch"], request.Tools);
        Assert.Equal(1, request.Depth);
        Assert.Equal("call_1", request.CallId);
        Assert.Null(request.Model);
    }

    [Fact]
    public async Task Spawn_ToolsAsked_AreOnlyThoseOfTheParent()
    {
        await ToolBed.CallAsync(Tool, new { prompt = "x", tools = new[] { "read_*", "shell", "write_file" }, model = "openai/gpt-5.4" });
        Assert.Equal(["read_file"], _spawner.Requests[0].Tools);
        Assert.Equal("openai/gpt-5.4", _spawner.Requests[0].Model.ToString());
    }

    [Fact]
    public async Task Spawn_InACatalog_KnowsWhatTheRunMayDo()
    {
        var catalog = new ToolCatalog([new Family(new FakeTool("alpha"), new FakeTool("beta"), new SpawnTool(new Lazy<ISpawner?>(_spawner), new SpawnLimits()))], NullLogger<ToolCatalog>.Instance);
        var run = ToolBed.Run(ToolBed.Profile(tools: new ToolsSettings { Deny = ["beta"] }));
        var tools = await catalog.ForAsync(run, null, [new FakeTool("notify_user")], default);
        await ToolBed.CallAsync(tools.Single(tool => tool.Definition.Name == "spawn"), new { prompt = "x" }, run);
        Assert.Equal(["alpha", "spawn"], _spawner.Requests[0].Tools);
    }

    [Fact]
    public async Task A22_AnotherAgent_OnlyAsTheSettingsAllow()
    {
        var refused = await ToolBed.CallAsync(Tool, new { prompt = "x", agent = "bob" });
        Assert.True(refused.IsError);
        Assert.Empty(_spawner.Requests);
        var run = ToolBed.Run(ToolBed.Profile() with { MayAsk = ["bob"] });
        Assert.False((await ToolBed.CallAsync(Tool, new { prompt = "x", agent = "bob" }, run)).IsError);
        Assert.Equal("bob", _spawner.Requests[0].Agent.Value);
        Assert.True((await ToolBed.CallAsync(Tool, new { prompt = "x", agent = "../bob" }, run)).IsError);
    }

    [Fact]
    public async Task Spawn_TooDeepOrBadArguments_IsRefused()
    {
        Assert.True((await ToolBed.CallAsync(Tool, new { prompt = "x" }, ToolBed.Run(depth: 2))).IsError);
        Assert.True((await ToolBed.CallAsync(Tool, new { prompt = " " })).IsError);
        Assert.True((await ToolBed.CallAsync(Tool, new { prompt = "x", model = "gpt" })).IsError);
        Assert.Empty(_spawner.Requests);
        Assert.False((await ToolBed.CallAsync(Tool, new { prompt = "x" }, ToolBed.Run(depth: 1))).IsError);
        Assert.Equal(2, _spawner.Requests[0].Depth);
    }

    [Fact]
    public async Task Spawn_AFifthAtOnce_IsRefusedUntilOneEnds()
    {
        var gate = new TaskCompletionSource();
        _spawner.Gate = gate.Task;
        var tool = Tool;
        var four = Enumerable.Range(0, 4).Select(_ => ToolBed.CallAsync(tool, new { prompt = "x" })).ToList();
        Assert.True((await ToolBed.CallAsync(tool, new { prompt = "x" })).IsError);
        var otherRun = ToolBed.CallAsync(tool, new { prompt = "x" }, ToolBed.Run(id: "run_2"));
        Assert.False(otherRun.IsCompleted);
        gate.SetResult();
        await Task.WhenAll([.. four, otherRun]);
        Assert.False((await ToolBed.CallAsync(tool, new { prompt = "x" })).IsError);
    }

    [Fact]
    public async Task Spawn_ChildThatFails_IsAnErrorAndGivesItsPlaceBack()
    {
        _spawner.Failed = true;
        var tool = Tool;
        for (var i = 0; i < 6; i++)
            Assert.Equal("child of main", (await ToolBed.CallAsync(tool, new { prompt = "x" })) is { IsError: true } result ? result.Text : "");
    }

    private sealed class Family(params ITool[] tools) : IToolProvider
    {
        public ValueTask<IReadOnlyList<ITool>> ToolsAsync(RunContext run, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<ITool>>(tools);
    }

    private sealed class FakeSpawner : ISpawner
    {
        public List<SpawnRequest> Requests { get; } = [];

        public Task Gate { get; set; } = Task.CompletedTask;

        public bool Failed { get; set; }

        public async Task<SpawnResult> SpawnAsync(RunContext parent, SpawnRequest request, CancellationToken cancellationToken)
        {
            Requests.Add(request);
            await Gate;
            return new SpawnResult($"child of {parent.Agent}", Failed);
        }
    }
}
