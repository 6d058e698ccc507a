using Microsoft.AspNetCore.Http;
using Vigil.Gateway.Auth;
using Vigil.Keys;
using Vigil.Testing;

namespace Vigil.Gateway.Tests.Auth;

/// <summary>What open pages cost while nothing happens, and that they end with their session.</summary>
public sealed class OpenStreamTests
{
    private readonly VirtualClock _clock = new(new DateTimeOffset(2026, 3, 27, 12, 0, 0, TimeSpan.Zero));
    private readonly CountingStore _store = new();

    [Fact]
    public async Task StillGood_TenStreams_AskTheStoreAsOftenAsOne()
    {
        var sessions = new DashboardSessions(_store, null!, _clock);
        var callers = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => CallerAsync(sessions, $"vgd_{n}")));
        for (var second = 0; second < 60; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            foreach (var caller in callers)
                Assert.True(await caller.StillGoodAsync(default));
        }
        Assert.Equal(3, _store.Looks);
    }

    [Fact]
    public async Task StillGood_EndedOnAnotherNode_IsNoticedWithinTwentySeconds()
    {
        var sessions = new DashboardSessions(_store, null!, _clock);
        var (one, other) = (await CallerAsync(sessions, "vgd_1"), await CallerAsync(sessions, "vgd_2"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await one.StillGoodAsync(default));
        _store.Ended.Add("vgd_2");
        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.True(await one.StillGoodAsync(default));
        Assert.False(await other.StillGoodAsync(default));
    }

    [Fact]
    public async Task StillGood_SignedInAfterTheLook_IsNotTakenForEnded()
    {
        var sessions = new DashboardSessions(_store, null!, _clock);
        var early = await CallerAsync(sessions, "vgd_1");
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await early.StillGoodAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(1));
        var late = await CallerAsync(sessions, "vgd_2");
        Assert.True(await late.StillGoodAsync(default));
        Assert.Equal(1, _store.Looks);
    }

    private static async Task<Caller> CallerAsync(DashboardSessions sessions, string cookie)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Get;
        context.Request.Headers.Cookie = $"{DashboardSessions.Cookie}={cookie}";
        return (await sessions.CallerAsync(context))!;
    }

    /// <summary>Each cookie is its session's id.</summary>
    private sealed class CountingStore : ISignInStore
    {
        private readonly HashSet<string> _known = [];

        public HashSet<string> Ended { get; } = [];

        public int Looks { get; private set; }

        public Task<DashboardSession?> FindAsync(string cookie, CancellationToken cancellationToken)
        {
            _known.Add(cookie);
            return Task.FromResult<DashboardSession?>(new DashboardSession(cookie, null, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue));
        }

        public Task<IReadOnlySet<string>> LivingAsync(CancellationToken cancellationToken)
        {
            Looks++;
            return Task.FromResult<IReadOnlySet<string>>(_known.Except(Ended).ToHashSet());
        }

        public Task<string> IssueAsync(string? keyId, TimeSpan life, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<OpenedSession?> RedeemAsync(string token, TimeSpan life, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> EndAsync(string cookie, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> PruneAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
