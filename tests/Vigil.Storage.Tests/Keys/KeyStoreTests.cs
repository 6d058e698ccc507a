using System.Text;
using Vigil.Agents;
using Vigil.Keys;
using Vigil.Storage.Keys;

namespace Vigil.Storage.Tests.Keys;

public abstract class KeyStoreTests : StoreSuite
{
    private KeyStore Keys { get => field ??= new(Database, Clock); } = null!;

    [Fact]
    public async Task AddAsync_Everything_IsListedAndFoundAsGiven()
    {
        var issued = await Keys.AddAsync(new NewApiKey("phone", KeyScopes.Chat | KeyScopes.Hooks)
        {
            Agents = [AgentId.Main, AgentId.Parse("home")],
            Models = ["openai/x"],
            ExpiresAt = Clock.Now.AddDays(1),
        }, None);

        Assert.Matches("^vgl_[0-9a-z]{52}$", issued.Plaintext);
        Assert.StartsWith(issued.Key.Prefix, issued.Plaintext, StringComparison.Ordinal);
        Assert.Equal(10, issued.Key.Prefix.Length);
        foreach (var key in new[] { issued.Key, Assert.Single(await Keys.ListAsync(None)), (await Keys.FindAsync(issued.Plaintext, None))! })
        {
            Assert.Equal(("phone", KeyScopes.Chat | KeyScopes.Hooks, Clock.Now, Clock.Now.AddDays(1)), (key.Name, key.Scopes, key.CreatedAt, key.ExpiresAt));
            Assert.Equal([AgentId.Main, AgentId.Parse("home")], key.Agents);
            Assert.Equal(["openai/x"], key.Models);
        }
    }

    [Fact]
    public async Task P46_AddAsync_TheDatabaseHoldsNoUsableFormOfTheKey()
    {
        var issued = await Keys.AddAsync(new NewApiKey("phone", KeyScopes.All), None);

        var row = await Database.ReadAsync(db => db.FirstAsync<KeyRow>($"SELECT {KeyRow.Columns} FROM api_key"), None);

        Assert.DoesNotContain(issued.Plaintext["vgl_".Length..], row!.ToString(), StringComparison.Ordinal);
        if (Backend.Options.File is { } file)
            foreach (var written in new[] { file, file + "-wal" })
                Assert.Equal(-1, (await ReadSharedAsync(written)).AsSpan().IndexOf(Encoding.ASCII.GetBytes(issued.Plaintext[10..])));
    }

    [Fact]
    public async Task FindAsync_WrongOrMalformedOrEmptyText_FindsNothing()
    {
        var issued = await Keys.AddAsync(new NewApiKey("phone", KeyScopes.All), None);

        Assert.Null(await Keys.FindAsync(KeyText.NewKey(), None));
        Assert.Null(await Keys.FindAsync("", None));
        Assert.Null(await Keys.FindAsync(issued.Plaintext[..^1], None));
        Assert.Null(await Keys.FindAsync(issued.Plaintext.ToUpperInvariant(), None));
        Assert.Null(await Keys.FindAsync(issued.Key.Prefix, None));
    }

    [Fact]
    public async Task P47_RevokeAsync_TheVeryNextUseIsRefused()
    {
        var issued = await Keys.AddAsync(new NewApiKey("phone", KeyScopes.All), None);
        Assert.NotNull(await Keys.FindAsync(issued.Plaintext, None));
        Assert.NotNull(await Keys.LiveAsync(issued.Key.Id, None));

        Assert.True(await Keys.RevokeAsync(issued.Key.Id, None));

        Assert.Null(await Keys.FindAsync(issued.Plaintext, None));
        Assert.Null(await Keys.LiveAsync(issued.Key.Id, None));
        Assert.Equal(Clock.Now, Assert.Single(await Keys.ListAsync(None)).RevokedAt);
        Assert.False(await Keys.RevokeAsync(issued.Key.Id, None));
        Assert.False(await Keys.RevokeAsync("key_unknown", None));
    }

    [Fact]
    public async Task RevokeAsync_OnAnotherNode_IsSeenWithinASecond()
    {
        var elsewhere = new KeyStore(Database, Clock);
        var issued = await Keys.AddAsync(new NewApiKey("phone", KeyScopes.All), None);
        Assert.NotNull(await elsewhere.FindAsync(issued.Plaintext, None));

        await Keys.RevokeAsync(issued.Key.Id, None);
        Clock.Now = Clock.Now.AddSeconds(1);

        Assert.Null(await elsewhere.FindAsync(issued.Plaintext, None));
        Assert.Null(await elsewhere.LiveAsync(issued.Key.Id, None));
    }

    [Fact]
    public async Task FindAsync_Expired_FindsNothingFromThatInstantOn()
    {
        var issued = await Keys.AddAsync(new NewApiKey("phone", KeyScopes.All) { ExpiresAt = Clock.Now.AddMilliseconds(500) }, None);

        Assert.NotNull(await Keys.FindAsync(issued.Plaintext, None));
        Clock.Now = Clock.Now.AddMilliseconds(499);
        Assert.NotNull(await Keys.FindAsync(issued.Plaintext, None));
        Clock.Now = Clock.Now.AddMilliseconds(1);
        Assert.Null(await Keys.FindAsync(issued.Plaintext, None));
        Assert.Null(await Keys.LiveAsync(issued.Key.Id, None));
    }

    [Fact]
    public async Task FindAsync_UsedAgainAndAgain_NotesItAtMostOnceAMinute()
    {
        var issued = await Keys.AddAsync(new NewApiKey("phone", KeyScopes.All), None);
        Assert.Null(issued.Key.LastUsedAt);
        var first = Clock.Now;

        await Keys.FindAsync(issued.Plaintext, None);
        Assert.Equal(first, await LastUsedAsync());
        Clock.Now = first.AddSeconds(59);
        await Keys.FindAsync(issued.Plaintext, None);
        Assert.Equal(first, await LastUsedAsync());
        Clock.Now = first.AddSeconds(60);
        await Keys.FindAsync(issued.Plaintext, None);
        Assert.Equal(first.AddSeconds(60), await LastUsedAsync());
    }

    [Fact]
    public async Task EnsureAsync_KnownText_ChangesNothingAndDoesNotReviveARevokedKey()
    {
        var text = KeyText.NewKey();
        var first = await Keys.EnsureAsync(text, new NewApiKey("gateway", KeyScopes.All), None);
        var second = await Keys.EnsureAsync(text, new NewApiKey("other", KeyScopes.Chat), None);
        await Keys.RevokeAsync(first.Id, None);
        await Keys.EnsureAsync(text, new NewApiKey("gateway", KeyScopes.All), None);

        Assert.Equal(first.Id, second.Id);
        Assert.Equal("gateway", Assert.Single(await Keys.ListAsync(None)).Name);
        Assert.Null(await Keys.FindAsync(text, None));
        await Assert.ThrowsAsync<FormatException>(() => Keys.EnsureAsync("vgl_short", new NewApiKey("x", KeyScopes.All), None));
    }

    [Fact]
    public async Task RotateAsync_TheNewOneHasAllOfTheOldAndBothWorkForTheOverlap()
    {
        var old = await Keys.AddAsync(new NewApiKey("phone", KeyScopes.Chat) { Agents = [AgentId.Main], Models = ["p/m"], SpendPerDayUsd = 2.5m }, None);
        Assert.Equal(old.Key.Id, old.Key.Family);

        var made = (await Keys.RotateAsync(old.Key.Id, TimeSpan.FromHours(1), None))!;

        Assert.NotEqual(old.Plaintext, made.Plaintext);
        Assert.NotEqual(old.Key.Id, made.Key.Id);
        Assert.Equal((old.Key.Family, "phone", KeyScopes.Chat, (decimal?)2.5m), (made.Key.Family, made.Key.Name, made.Key.Scopes, made.Key.SpendPerDayUsd));
        Assert.Equal([AgentId.Main], made.Key.Agents);
        Assert.Equal(["p/m"], made.Key.Models);
        Clock.Now = Clock.Now.AddHours(1).AddMilliseconds(-1);
        Assert.NotNull(await Keys.FindAsync(old.Plaintext, None));
        Assert.NotNull(await Keys.FindAsync(made.Plaintext, None));
        Clock.Now = Clock.Now.AddMilliseconds(1);
        Assert.Null(await Keys.FindAsync(old.Plaintext, None));
        Assert.NotNull(await Keys.FindAsync(made.Plaintext, None));

        var third = (await Keys.RotateAsync(made.Key.Id, TimeSpan.Zero, None))!;
        Assert.Null(await Keys.FindAsync(made.Plaintext, None));
        Assert.Equal(old.Key.Id, third.Key.Family);
        Assert.Null(await Keys.RotateAsync(made.Key.Id, TimeSpan.Zero, None));
        Assert.Null(await Keys.RotateAsync("key_unknown", TimeSpan.Zero, None));
    }

    [Fact]
    public async Task RotateAsync_OverlapBeyondTheOldKeysOwnEnd_EndsThere()
    {
        var old = await Keys.AddAsync(new NewApiKey("phone", KeyScopes.Chat) { ExpiresAt = Clock.Now.AddMinutes(1) }, None);

        var made = (await Keys.RotateAsync(old.Key.Id, TimeSpan.FromHours(1), None))!;

        Assert.All(await Keys.ListAsync(None), key => Assert.Equal(Clock.Now.AddMinutes(1), key.ExpiresAt));
        Assert.Equal(Clock.Now.AddMinutes(1), made.Key.ExpiresAt);
    }

    [Fact]
    public async Task SpendPerDayAsync_IsThatOfTheFamily()
    {
        var limited = await Keys.AddAsync(new NewApiKey("a", KeyScopes.Chat) { SpendPerDayUsd = 0.0000015m }, None);
        var free = await Keys.AddAsync(new NewApiKey("b", KeyScopes.Chat), None);
        await Keys.RotateAsync(limited.Key.Id, TimeSpan.Zero, None);

        Assert.Equal(0.0000015m, await Keys.SpendPerDayAsync(limited.Key.Id, None));
        Assert.Null(await Keys.SpendPerDayAsync(free.Key.Id, None));
        Assert.Null(await Keys.SpendPerDayAsync("key_unknown", None));
    }

    private async Task<DateTimeOffset?> LastUsedAsync() => Assert.Single(await Keys.ListAsync(None)).LastUsedAt;

    private static async Task<byte[]> ReadSharedAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }
}

public sealed class SqliteKeyStoreTests : KeyStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresKeyStoreTests : KeyStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
