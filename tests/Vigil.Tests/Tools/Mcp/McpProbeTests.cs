using System.Diagnostics;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tests.Tools.Support;
using Vigil.Tools.Mcp;

namespace Vigil.Tests.Tools.Mcp;

/// <summary>Servers that die, hang, change and come back.</summary>
public sealed class McpProbeTests : IAsyncLifetime
{
    private readonly McpBed _bed = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task Call_ServerThatCrashes_IsAnErrorAndComesBackAfterAPause()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe()));
        using var first = await _bed.ProcessAsync(run);
        var crash = await _bed.CallAsync(run, "probe__crash");
        Assert.True(crash.IsError);
        Assert.Contains("broke off", crash.Text, StringComparison.Ordinal);
        var early = await _bed.CallAsync(run, "probe__pid");
        Assert.True(early.IsError);
        Assert.Contains("tried again in 1 s", early.Text, StringComparison.Ordinal);
        Assert.Equal(McpServerState.Failed, Assert.Single(_bed.Servers.Status()).State);
        _bed.Time.Advance(TimeSpan.FromSeconds(1));
        using var second = await _bed.ProcessAsync(run);
        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task Start_ServerThatFailsAgainAndAgain_IsTriedWithGrowingPauses()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe("exit")));
        Assert.Empty(await _bed.ToolsAsync(run));
        for (var pause = 1; pause <= 8; pause *= 2)
        {
            var status = Assert.Single(_bed.Servers.Status());
            Assert.Equal(McpServerState.Failed, status.State);
            Assert.Equal(TimeSpan.FromSeconds(pause), status.RetryAt - _bed.Time.GetUtcNow());
            Assert.Contains("probe says ", status.Errors);
            _bed.Time.Advance(TimeSpan.FromSeconds(pause));
            Assert.Empty(await _bed.ToolsAsync(run));
        }
    }

    [Fact]
    public async Task Tools_OneServerHangsAndOneIsMissing_TheOthersServe()
    {
        (string, McpServerSettings)[] settled = [("gone", new() { Command = "/no/such/program" }), ("neither", new()), ("probe", McpBed.Probe())];
        Assert.NotEmpty(await _bed.ToolsAsync(_bed.Run("main", settled)));
        var run = _bed.Run("main", [("slow", McpBed.Probe("hang")), .. settled]);
        var listing = _bed.ToolsAsync(run);
        await _bed.Time.WaitingForAsync(TimeSpan.FromSeconds(10));
        _bed.Time.Advance(TimeSpan.FromSeconds(10));
        var tools = await listing;
        Assert.NotEmpty(tools);
        Assert.All(tools, tool => Assert.StartsWith("probe__", tool.Definition.Name, StringComparison.Ordinal));
        Assert.All(tools, tool => Assert.True(tool.Definition.Outside));
        var status = _bed.Servers.Status().ToDictionary(one => one.Server, StringComparer.Ordinal);
        Assert.Contains("must name either a command or a url", status["neither"].Problem, StringComparison.Ordinal);
        Assert.Equal(McpServerState.Failed, status["gone"].State);
        Assert.Equal(McpServerState.Starting, status["slow"].State);
        Assert.Equal(tools.Count, (await _bed.ToolsAsync(run)).Count);
    }

    [Fact]
    public async Task Call_ThatTakesTooLong_IsAnErrorAndTheHealthyServerStays()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe() with { Timeout = TimeSpan.FromSeconds(45) }));
        using var before = await _bed.ProcessAsync(run);
        var call = _bed.CallAsync(run, "probe__wait");
        await _bed.Time.WaitingForAsync(TimeSpan.FromSeconds(45));
        _bed.Time.Advance(TimeSpan.FromSeconds(45));
        var result = await call;
        Assert.True(result.IsError);
        Assert.Contains("within 45 s", result.Text, StringComparison.Ordinal);
        using var after = await _bed.ProcessAsync(run);
        Assert.Equal(before.Id, after.Id);
    }

    [Fact]
    public async Task Call_ServerThatFroze_IsKilledAndReplaced()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe() with { Timeout = TimeSpan.FromSeconds(45) }));
        using var frozen = await _bed.ProcessAsync(run);
        using (var stop = Process.Start("kill", ["-STOP", frozen.Id.ToString()]))
            await stop.WaitForExitAsync();
        var call = _bed.CallAsync(run, "probe__environment");
        await _bed.Time.WaitingForAsync(TimeSpan.FromSeconds(45));
        _bed.Time.Advance(TimeSpan.FromSeconds(45));
        await _bed.Time.WaitingForAsync(TimeSpan.FromSeconds(2));
        _bed.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True((await call).IsError);
        await frozen.WaitForExitAsync();
        _bed.Time.Advance(TimeSpan.FromSeconds(1));
        using var fresh = await _bed.ProcessAsync(run);
        Assert.NotEqual(frozen.Id, fresh.Id);
    }

    [Fact]
    public async Task Call_RunCancelled_GetsOutAndTheServerStays()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe() with { Timeout = TimeSpan.FromSeconds(45) }));
        using var before = await _bed.ProcessAsync(run);
        using var cancelled = new CancellationTokenSource();
        var wait = (await _bed.ToolsAsync(run)).Single(tool => tool.Definition.Name == "probe__wait");
        var call = ToolBed.CallAsync(wait, new { }, run, cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        using var after = await _bed.ProcessAsync(run);
        Assert.Equal(before.Id, after.Id);
    }

    [Fact]
    public async Task Call_ToolThatThrows_IsAnErrorOfThatCallAlone()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe()));
        Assert.True((await _bed.CallAsync(run, "probe__throw")).IsError);
        Assert.False((await _bed.CallAsync(run, "probe__pid")).IsError);
    }

    [Fact]
    public async Task A16_TwoAgentsHaveAProcessAndASecretEach()
    {
        _bed.Secrets.Values[("alice", "file:token")] = "alices-token";
        _bed.Secrets.Values[("bob", "file:token")] = "bobs-token";
        foreach (var agent in new[] { "alice", "bob" })
            Directory.CreateDirectory(_bed.Home.Home.AgentDirectory(AgentId.Parse(agent)));
        var named = new Dictionary<string, string> { ["PROBE_TOKEN"] = "file:token" };
        var alice = _bed.Run("alice", ("probe", McpBed.Probe(environment: named)));
        var bob = _bed.Run("bob", ("probe", McpBed.Probe(environment: named)));
        using var first = await _bed.ProcessAsync(alice);
        using var second = await _bed.ProcessAsync(bob);
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal("alices-token", McpBed.Inner(await _bed.CallAsync(alice, "probe__token")));
        Assert.Equal("bobs-token", McpBed.Inner(await _bed.CallAsync(bob, "probe__token")));
        Assert.All(_bed.Servers.Status(), status => Assert.Contains("probe says (secret)", status.Errors));
    }

    [Fact]
    public async Task A17_TheServersEnvironmentHasOnlyWhatTheSettingsName()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe(environment: new Dictionary<string, string> { ["PLAIN"] = "x" })));
        var names = McpBed.Inner(await _bed.CallAsync(run, "probe__environment")).Split(',');
        Assert.Equal(["HOME", "LANG", "PATH", "PLAIN"], names);
    }

    [Fact]
    public async Task A15_AMissingSecret_StartsNothing()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe(environment: new Dictionary<string, string> { ["PROBE_TOKEN"] = "file:token" })));
        Assert.Empty(await _bed.ToolsAsync(run));
        var status = Assert.Single(_bed.Servers.Status());
        Assert.Contains("file:token", status.Problem, StringComparison.Ordinal);
        Assert.Empty(status.Errors);
    }

    [Fact]
    public async Task Tools_ListThatChanges_IsListedAnew()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe()));
        Assert.DoesNotContain(await _bed.ToolsAsync(run), tool => tool.Definition.Name == "probe__grown");
        Assert.False((await _bed.CallAsync(run, "probe__grow")).IsError);
        // The notice may come just after the result; it comes in any case before the answer to a later call.
        await _bed.CallAsync(run, "probe__pid");
        Assert.Equal("new", McpBed.Inner(await _bed.CallAsync(run, "probe__grown")));
    }

    [Fact]
    public async Task Sweep_UnusedServer_IsStoppedAndItsToolsStayKnown()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe()));
        using var first = await _bed.ProcessAsync(run);
        _bed.Time.Advance(TimeSpan.FromMinutes(9));
        await _bed.Servers.SweepAsync();
        Assert.Equal(McpServerState.Running, Assert.Single(_bed.Servers.Status()).State);
        _bed.Time.Advance(TimeSpan.FromMinutes(2));
        await _bed.Servers.SweepAsync();
        await first.WaitForExitAsync();
        Assert.Contains(await _bed.ToolsAsync(run), tool => tool.Definition.Name == "probe__pid");
        Assert.Equal(McpServerState.Idle, Assert.Single(_bed.Servers.Status()).State);
        using var second = await _bed.ProcessAsync(run);
        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task Sweep_ChangedSettings_StopTheOldServerAndTheNextRunHasTheNew()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe()));
        using var first = await _bed.ProcessAsync(run);
        var changed = _bed.Run("main", ("probe", McpBed.Probe("other")));
        _bed.Settings.Change();
        await _bed.Servers.SweepAsync();
        await first.WaitForExitAsync();
        using var second = await _bed.ProcessAsync(changed);
        Assert.NotEqual(first.Id, second.Id);
        _bed.Agents.Profiles.Remove(AgentId.Main);
        await _bed.Servers.SweepAsync();
        await second.WaitForExitAsync();
        Assert.Empty(_bed.Servers.Status());
    }

    [Fact]
    public async Task Dispose_RunningAndStartingServers_LeaveNothingBehind()
    {
        var run = _bed.Run("main", ("probe", McpBed.Probe()));
        using var process = await _bed.ProcessAsync(run);
        await _bed.Servers.DisposeAsync();
        await process.WaitForExitAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _bed.ToolsAsync(run));
    }

    [Theory]
    [InlineData("git", "status", "git__status")]
    [InlineData("my.server", "a tool/x", "my_server__a_tool_x")]
    public void NameOf_ServerAndTool_IsALegalName(string server, string tool, string expected) => Assert.Equal(expected, McpTool.NameOf(server, tool));

    [Fact]
    public void NameOf_LongNames_StayLegalAndApart()
    {
        var one = McpTool.NameOf("server", new string('x', 100) + "1");
        var two = McpTool.NameOf("server", new string('x', 100) + "2");
        Assert.Equal(64, one.Length);
        Assert.NotEqual(one, two);
    }
}
