using System.Globalization;
using System.Text.Json.Nodes;
using Vigil.Chaos.Tests.Support;
using Vigil.Testing.Models;

namespace Vigil.Chaos.Tests.Turns;

/// <summary>A turn of five model calls, killed at each of its boundaries.</summary>
public sealed class StepBoundaryTests : IAsyncLifetime
{
    private const int Steps = 5;

    private FakeModelServer _model = null!;
    private GatewayHome _home = null!;
    private GatewayProcess? _gateway;
    private GatewayApi _api = null!;

    public async Task InitializeAsync()
    {
        _model = await FakeModelServer.StartAsync(request => Reply(request.Step()));
        _home = new GatewayHome(_model);
        _api = new GatewayApi(_home, () => _gateway?.Address);
    }

    public async Task DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        await _model.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task W26_W28_AKillInEachModelCallRepeatsThatCallAloneAndNoFinishedTool()
    {
        var never = new TaskCompletionSource();
        var held = new HashSet<int>();
        _model.Answer = request =>
        {
            var step = request.Step();
            lock (held)
                return held.Add(step) ? Reply(step) with { Hold = never.Task } : Reply(step);
        };
        _gateway = await GatewayProcess.StartAsync(_home);
        var work = await _api.AdmitAsync("do five things");
        for (var step = 1; step <= Steps; step++)
        {
            await ArrivedAsync(2 * step - 1);
            await KillAndStartAsync();
        }
        var shown = await _api.FinishedAsync(work);

        Assert.Equal("answered", shown["outcome"]!.GetValue<string>());
        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4, 5, 5], _model.Requests.Select(request => request.Step()));
        Assert.All(_model.Requests, request => Assert.Null(request.Illegal()));
        Assert.All(_model.Requests, request => Assert.DoesNotContain(request.ToolResults(), result => result.Contains("interrupted", StringComparison.Ordinal)));
        Assert.Equal(["1", "2", "3", "4"], _home.ToolLog);
        var attempts = shown["attempts"]!.AsArray();
        Assert.Equal([1, 2, 3, 4, 5, 6], attempts.Select(attempt => attempt!["attempt"]!.GetValue<int>()));
        Assert.Equal(Enumerable.Range(1, 2 * Steps - 1), attempts.SelectMany(attempt => attempt!["steps"]!.AsArray()).Select(step => step!["number"]!.GetValue<int>()));
        Assert.Equal(Steps, shown["usage"]!["modelCalls"]!.GetValue<int>());
    }

    [Fact]
    public async Task W27_AKillInEachToolTellsTheModelThatItWasInterruptedAndNeverStartsItAgain()
    {
        _model.Answer = request => Reply(request.Step(), hangs: true);
        _gateway = await GatewayProcess.StartAsync(_home);
        var work = await _api.AdmitAsync("do five things");
        for (var step = 1; step < Steps; step++)
        {
            await Until.IsTrueAsync($"tool {step}", () => Task.FromResult(_home.ToolLog.Count == step), () => _gateway.Output);
            await KillAndStartAsync();
            // The orphan reads what holds it, and ends.
            await File.WriteAllTextAsync(Path.Combine(_home.Workspace, $"hold{step}"), "go");
        }
        var shown = await _api.FinishedAsync(work);

        Assert.Equal("answered", shown["outcome"]!.GetValue<string>());
        Assert.Equal([1, 2, 3, 4, 5], _model.Requests.Select(request => request.Step()));
        Assert.Equal(["1", "2", "3", "4"], _home.ToolLog);
        Assert.All(_model.Requests, request => Assert.Null(request.Illegal()));
        var results = _model.Requests[^1].ToolResults();
        Assert.Equal(Steps - 1, results.Count);
        Assert.All(results, result => Assert.Contains("interrupted", result, StringComparison.Ordinal));
    }

    [Fact]
    public async Task W29_AKillBetweenTheLastReplyAndTheCommitEndsTheWorkWithoutAskingTheModel()
    {
        _gateway = await GatewayProcess.StartAsync(_home);
        // The store refuses the commit, and the commit alone, as long as this stands.
        HomeDatabase.Execute(_home, "CREATE TRIGGER held BEFORE UPDATE ON work WHEN new.state = 'finished' BEGIN SELECT RAISE(ABORT, 'held'); END");
        var work = await _api.AdmitAsync("do five things", notify: "always");
        await _gateway.SaysAsync("could not be brought to its end");
        await _gateway.KillAsync();
        HomeDatabase.Execute(_home, "DROP TRIGGER held");
        Assert.Equal(Steps, _model.Requests.Count);
        _gateway = await GatewayProcess.StartAsync(_home);
        var shown = await _api.FinishedAsync(work);

        Assert.Equal("spoke", shown["outcome"]!.GetValue<string>());
        Assert.Equal("All five are done.", shown["reply"]!.GetValue<string>());
        Assert.Equal(Steps, _model.Requests.Count);
        Assert.Equal(2, shown["attempts"]!.AsArray().Count);
        Assert.Equal(["All five are done."], (await _api.AllAsync("/api/inbox")).Select(one => one["text"]!.GetValue<string>()));
        Assert.Single(await _api.AllAsync("/api/events"), one => one["type"]!.GetValue<string>() == "work.done");
    }

    private static FakeModelReply Reply(int step, bool hangs = false)
    {
        if (step == Steps)
            return FakeModelReply.Say("All five are done.");
        var command = hangs ? $"mkfifo hold{step}; echo {step} >> tools.log; cat hold{step}" : $"echo {step} >> tools.log";
        return FakeModelReply.Call("shell", new JsonObject { ["program"] = "sh", ["args"] = new JsonArray("-c", command) }.ToJsonString(), $"call{step.ToString(CultureInfo.InvariantCulture)}");
    }

    private Task ArrivedAsync(int requests) => Until.IsTrueAsync($"model request {requests}", () => Task.FromResult(_model.Requests.Count >= requests), () => _gateway!.Output);

    private async Task KillAndStartAsync()
    {
        await _gateway!.KillAsync();
        _gateway = await GatewayProcess.StartAsync(_home);
    }
}
