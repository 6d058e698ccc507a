using Vigil.Keys;
using Vigil.Storage.Keys;

namespace Vigil.Storage.Tests.Keys;

public abstract class SignInStoreTests : StoreSuite
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    private SignInStore SignIn => new(Database, Clock);

    [Fact]
    public async Task RedeemAsync_FreshToken_OpensASessionThatTheCookieFinds()
    {
        var token = await SignIn.IssueAsync(null, ISignInStore.TokenLife, None);

        var opened = await SignIn.RedeemAsync(token, Life, None);

        Assert.NotNull(opened);
        Assert.Equal(opened.Session, await SignIn.FindAsync(opened.Cookie, None));
        Assert.Equal((null, Clock.Now, Clock.Now + Life), (opened.Session.KeyId, opened.Session.CreatedAt, opened.Session.ExpiresAt));
        Assert.Null(await SignIn.FindAsync(token, None));
        Assert.Null(await SignIn.FindAsync(opened.Session.Id, None));
    }

    [Fact]
    public async Task P50_RedeemAsync_ASecondTime_IsRefused()
    {
        var token = await SignIn.IssueAsync(null, ISignInStore.TokenLife, None);
        await SignIn.RedeemAsync(token, Life, None);

        Assert.Null(await SignIn.RedeemAsync(token, Life, None));
    }

    [Fact]
    public async Task P50_RedeemAsync_Late_IsRefused()
    {
        var token = await SignIn.IssueAsync(null, ISignInStore.TokenLife, None);
        Clock.Now += ISignInStore.TokenLife;

        Assert.Null(await SignIn.RedeemAsync(token, Life, None));
        Assert.Null(await SignIn.RedeemAsync("vgs_unknown", Life, None));
    }

    [Fact]
    public async Task RedeemAsync_TwentyAtOnce_OneSucceeds()
    {
        var token = await SignIn.IssueAsync(null, ISignInStore.TokenLife, None);
        var other = Backend.HasNodes ? await Backend.OpenAsync(Clock) : Database;
        var stores = new[] { SignIn, new SignInStore(other, Clock) };

        var opened = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => stores[i % 2].RedeemAsync(token, Life, None)));

        Assert.Single(opened, o => o is not null);
    }

    [Fact]
    public async Task FindAsync_SessionIsOver_FindsNothing()
    {
        var opened = await OpenAsync(null);

        Clock.Now += Life;

        Assert.Null(await SignIn.FindAsync(opened.Cookie, None));
    }

    [Fact]
    public async Task LivingAsync_OneEndedAndOneLate_AreLeftOut()
    {
        var late = await OpenAsync(null);
        Clock.Now += TimeSpan.FromDays(1);
        var ended = await OpenAsync(null);
        var open = await OpenAsync(null);
        await SignIn.EndAsync(ended.Cookie, None);

        Assert.Equal(new HashSet<string> { late.Session.Id, open.Session.Id }, await SignIn.LivingAsync(None));
        Clock.Now += Life - TimeSpan.FromDays(1);
        Assert.Equal(open.Session.Id, Assert.Single(await SignIn.LivingAsync(None)));
    }

    [Fact]
    public async Task EndAsync_SignedIn_EndsThatSessionAlone()
    {
        var first = await OpenAsync(null);
        var second = await OpenAsync(null);

        Assert.True(await SignIn.EndAsync(first.Cookie, None));

        Assert.Null(await SignIn.FindAsync(first.Cookie, None));
        Assert.NotNull(await SignIn.FindAsync(second.Cookie, None));
        Assert.False(await SignIn.EndAsync(first.Cookie, None));
    }

    [Fact]
    public async Task Session_OfAKey_EndsWithIt()
    {
        var keys = new KeyStore(Database, Clock);
        var key = await keys.AddAsync(new NewApiKey("phone", KeyScopes.Chat), None);
        var opened = await OpenAsync(key.Key.Id);
        var unused = await SignIn.IssueAsync(key.Key.Id, ISignInStore.TokenLife, None);
        Assert.Equal(key.Key.Id, (await SignIn.FindAsync(opened.Cookie, None))!.KeyId);

        await keys.RevokeAsync(key.Key.Id, None);

        Assert.Null(await SignIn.FindAsync(opened.Cookie, None));
        Assert.Null(await SignIn.RedeemAsync(unused, Life, None));
    }

    [Fact]
    public async Task PruneAsync_DeletesWhatIsOverAndNothingElse()
    {
        var opened = await OpenAsync(null);
        await SignIn.IssueAsync(null, ISignInStore.TokenLife, None);
        Clock.Now += ISignInStore.TokenLife;
        Assert.Equal(1, await SignIn.PruneAsync(None));
        Assert.NotNull(await SignIn.FindAsync(opened.Cookie, None));

        Clock.Now += Life;

        Assert.Equal(1, await SignIn.PruneAsync(None));
        Assert.Equal(0, await SignIn.PruneAsync(None));
    }

    private async Task<OpenedSession> OpenAsync(string? keyId)
        => (await SignIn.RedeemAsync(await SignIn.IssueAsync(keyId, ISignInStore.TokenLife, None), Life, None))!;
}

public sealed class SqliteSignInStoreTests : SignInStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresSignInStoreTests : SignInStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
