using System.Net.Http.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Tests.Support;
using Vigil.Sessions;
using Vigil.Turns;

namespace Vigil.Gateway.Tests.Chats;

/// <summary>The model is asked while the beginning of a turn is on its way to the disk; until it is there, nobody is told anything of the turn.</summary>
public sealed class KeptFirstTests
{
    private readonly TaskCompletionSource _disk = new();

    [Fact]
    public async Task NothingOfATurnIsShown_BeforeItsBeginningIsOnTheDisk()
    {
        await using var host = await StartAsync();
        var answer = host.SayAsync();
        while (host.Model.Client.Requests.Count == 0 && !answer.IsCompleted)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        await Task.WhenAny(answer, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System));
        Assert.False(answer.IsCompleted);

        _disk.SetResult();

        Assert.Contains("event: done", await answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADiskThatFails_FailsTheTurn_AndShowsNothingOfIt()
    {
        await using var host = await StartAsync();
        _disk.SetException(new FaultException(new Fault("store_disk", "The disk is broken.") { Kind = FaultKind.Unavailable }));

        var answer = await host.SayAsync();

        Assert.DoesNotContain("Hello.", answer, StringComparison.Ordinal);
        Assert.Contains("store_disk", answer, StringComparison.Ordinal);
        Assert.Null(await host.Get<IRunStore>().OpenChatAsync(SessionKey.Main(AgentId.Main), default));
    }

    [Fact]
    public async Task ATurnThatNobodyWaitsFor_HasBegun_WhenItIsOnTheDisk()
    {
        await using var host = await StartAsync();
        var request = new ChatRequest { Agent = AgentId.Main, Session = SessionKey.Main(AgentId.Main), Input = [new ChatMessage(ChatRole.User, "Hi.")] };
        var begun = host.Get<ChatTurns>().BeginAsync(request, new Unheard(), default, default);
        await Task.WhenAny(begun, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System));
        Assert.False(begun.IsCompleted);

        _disk.SetResult();

        Assert.Equal("Hello.", (await (await begun).Answer).Turn.Text);
    }

    [Fact]
    public async Task ATurnThatNobodyWaitsFor_WhoseDiskFails_HasNotBegunAndLeavesItsSession()
    {
        await using var host = await StartAsync();
        _disk.SetException(new FaultException(new Fault("store_disk", "The disk is broken.") { Kind = FaultKind.Unavailable }));
        var session = SessionKey.Main(AgentId.Main);

        await Assert.ThrowsAsync<FaultException>(() => host.Get<ChatTurns>().BeginAsync(
            new ChatRequest { Agent = AgentId.Main, Session = session, Input = [new ChatMessage(ChatRole.User, "Hi.")] }, new Unheard(), default, default));

        Assert.Empty(await host.Get<ISessionTurns>().PersonsAmongAsync([session], host.Clock.GetUtcNow(), default));
        Assert.Empty(host.Model.Client.Requests);
    }

    private async Task<EngineHost> StartAsync()
    {
        var host = await EngineHost.StartAsync(before: host => host.More = services =>
        {
            var turns = services.Last(service => service.ServiceType == typeof(ISessionTurns)).ImplementationType!;
            services.AddSingleton<ISessionTurns>(provider => new LateDisk((ISessionTurns)ActivatorUtilities.CreateInstance(provider, turns), _disk.Task));
        });
        host.Model.Client.Enqueue("Hello.");
        return host;
    }

    private sealed class Unheard : ITurnObserver;

    /// <summary>The real turns on a disk that the test holds up.</summary>
    private sealed class LateDisk(ISessionTurns inner, Task disk) : ISessionTurns
    {
        public async Task<SessionAnswer> TryEnterAsync(SessionKey key, string holder, string node, TimeSpan lease, DateTimeOffset now, RunStart? begins, CancellationToken cancellationToken)
        {
            var answer = await inner.TryEnterAsync(key, holder, node, lease, now, begins, cancellationToken);
            await answer.OnDisk;
            return answer with { OnDisk = disk };
        }

        public Task<bool> RenewAsync(SessionKey key, string holder, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken)
            => inner.RenewAsync(key, holder, lease, now, cancellationToken);

        public Task LeaveAsync(SessionKey key, string holder, CancellationToken cancellationToken) => inner.LeaveAsync(key, holder, cancellationToken);

        public Task<IReadOnlyList<SessionKey>> PersonsAmongAsync(IReadOnlyCollection<SessionKey> keys, DateTimeOffset now, CancellationToken cancellationToken)
            => inner.PersonsAmongAsync(keys, now, cancellationToken);
    }
}

file static class Saying
{
    public static async Task<string> SayAsync(this EngineHost host)
    {
        using var answer = await host.Http.PostAsJsonAsync("/api/chat", new { message = "Hi." });
        return await answer.Content.ReadAsStringAsync();
    }
}
