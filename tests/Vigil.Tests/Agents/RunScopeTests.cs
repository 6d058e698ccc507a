using Vigil.Agents;

namespace Vigil.Tests.Agents;

public sealed class RunScopeTests
{
    [Fact]
    public async Task A20_RunsAtOnce_EachSeeThemselvesAloneAfterEveryWait()
    {
        var all = Enumerable.Range(0, 200).Select(number => Task.Run(async () =>
        {
            var id = $"a{number % 4}";
            using var scope = RunScope.Enter(Run(id, number));
            for (var step = 0; step < 20; step++)
            {
                await Task.Yield();
                Assert.Equal((id, $"run_{number}"), (RunScope.Current!.Agent.Value, RunScope.Current.RunId));
            }
        }));
        await Task.WhenAll(all);
        Assert.Null(RunScope.Current);
    }

    [Fact]
    public async Task A22_ANestedScope_GivesBackTheOuterOneAlsoWhenItFails()
    {
        using var outer = RunScope.Enter(Run("ann", 1));
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            using var inner = RunScope.Enter(Run("bob", 2));
            await Task.Yield();
            Assert.Equal("bob", RunScope.Current!.Agent.Value);
            throw new InvalidOperationException();
        });
        Assert.Equal("ann", RunScope.Current!.Agent.Value);
    }

    [Fact]
    public async Task A22_ChildrenOfOneRun_DoNotSeeEachOther()
    {
        using var outer = RunScope.Enter(Run("ann", 1));
        var met = new TaskCompletionSource();
        var children = new[] { "bob", "carl", "dora" }.Select(async id =>
        {
            using var inner = RunScope.Enter(Run(id, 2));
            await met.Task;
            return RunScope.Current!.Agent.Value;
        }).ToList();
        met.SetResult();
        Assert.Equal(["bob", "carl", "dora"], await Task.WhenAll(children));
        Assert.Equal("ann", RunScope.Current!.Agent.Value);
    }

    [Fact]
    public async Task A24_AFlowThatOutlivesItsRun_HasNoTraceOfIt()
    {
        var ended = new TaskCompletionSource();
        Task<RunContext?> left;
        using (RunScope.Enter(Run("ann", 1)))
            left = LaterAsync();
        ended.SetResult();
        Assert.Null(await left);
        Assert.Null(RunScope.Current);

        async Task<RunContext?> LaterAsync()
        {
            await ended.Task;
            return RunScope.Current;
        }
    }

    [Fact]
    public async Task A24_AFlowThatOutlivesAnInnerRun_DoesNotFallBackToIt()
    {
        var ended = new TaskCompletionSource();
        using var outer = RunScope.Enter(Run("ann", 1));
        Task<RunContext?> left;
        using (RunScope.Enter(Run("bob", 2)))
            left = LaterAsync();
        ended.SetResult();
        Assert.NotEqual("bob", (await left)?.Agent.Value);

        async Task<RunContext?> LaterAsync()
        {
            await ended.Task;
            return RunScope.Current;
        }
    }

    private static RunContext Run(string agent, int number)
    {
        var id = AgentId.Parse(agent);
        return new RunContext { Profile = new AgentProfile { Id = id, Timezone = "UTC" }, Session = SessionKey.Main(id), RunId = $"run_{number}", Source = "chat" };
    }
}
