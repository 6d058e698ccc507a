using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Storage.Work;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Storage.Tests.Work;

public abstract class AdmissionTests : WorkSuite
{
    [Fact]
    public async Task AdmitAsync_EveryField_IsReadAsWritten()
    {
        var asked = new AgentWork
        {
            Id = "wrk_1",
            Agent = AgentId.Parse("ops"),
            Source = "cron",
            Origin = "nightly",
            Prompt = "Was läuft? 🦉",
            Session = SessionKey.For(AgentId.Parse("ops"), "cron", "nightly"),
            Context = ContextMode.Light,
            Model = "openai/gpt",
            ModelDecidedBy = "request",
            Tools = ["read_*"],
            Deliver = ["owner", "webhook:phone"],
            Notify = NotifyPolicy.Always,
            Deadline = TimeSpan.FromMinutes(7),
            DedupeKey = "slot-1",
            Fingerprint = "f",
            Metadata = new JsonObject { ["a"] = new JsonArray(1, "two") },
            ParentId = "wrk_0",
            Slot = Now.AddMinutes(-1),
            CreatedAt = Now,
            DueAt = Now.AddSeconds(5),
        };

        var admission = await Works.AdmitAsync(new NewWork(asked), None);

        Assert.True(admission.Created);
        var read = await GetAsync("wrk_1");
        Assert.Equal(asked.Metadata.ToJsonString(), read.Metadata.ToJsonString());
        Assert.Equal(asked.Tools, read.Tools);
        Assert.Equal(asked.Deliver, read.Deliver);
        Assert.Equal(
            asked with { Metadata = read.Metadata, Tools = read.Tools, Deliver = read.Deliver, Gates = read.Gates, Notifications = read.Notifications },
            read);
    }

    [Fact]
    public async Task AdmitAsync_WritesTheRequestInTheSameTransaction()
    {
        await AdmitAsync("wrk_1");

        Assert.Equal(["work.requested"], await EventsAsync("wrk_1"));
    }

    [Fact]
    public async Task AdmitAsync_TextThatNoDatabaseHolds_IsRepairedInsteadOfLost()
    {
        await Works.AdmitAsync(Asked("wrk_1") with { Work = Asked("wrk_1").Work with { Prompt = "a\0b\ud800c😀" } }, None);

        Assert.Equal("a\uFFFDb\uFFFDc😀", (await GetAsync("wrk_1")).Prompt);
    }

    [Fact]
    public async Task AdmitAsync_SameKey_ReturnsTheFirstWorkAndWritesNothing()
    {
        await Works.AdmitAsync(Asked("wrk_1", key: "k", fingerprint: "f"), None);

        var second = await Works.AdmitAsync(Asked("wrk_2", key: "k", fingerprint: "f"), None);

        Assert.Equal(("wrk_1", false, false), (second.Work.Id, second.Created, second.Conflict));
        Assert.Null(await Works.GetAsync("wrk_2", None));
        Assert.Single(await EventsAsync());
    }

    [Fact]
    public async Task AdmitAsync_SameKeyForSomethingElse_IsAConflict()
    {
        await Works.AdmitAsync(Asked("wrk_1", key: "k", fingerprint: "f"), None);

        var second = await Works.AdmitAsync(Asked("wrk_2", key: "k", fingerprint: "g"), None);

        Assert.Equal(("wrk_1", false, true), (second.Work.Id, second.Created, second.Conflict));
    }

    [Fact]
    public async Task AdmitAsync_SameKeyOfAnotherOriginOrSource_IsAnotherWork()
    {
        var first = Asked("wrk_1", key: "k");
        Assert.True((await Works.AdmitAsync(first, None)).Created);

        Assert.True((await Works.AdmitAsync(first with { Work = first.Work with { Id = "wrk_2", Origin = "key-b" } }, None)).Created);
        Assert.True((await Works.AdmitAsync(first with { Work = first.Work with { Id = "wrk_3", Source = "task" } }, None)).Created);
    }

    [Fact]
    public async Task AdmitAsync_KeyOfAFinishedWork_StillReturnsThatWork()
    {
        await Works.AdmitAsync(Asked("wrk_1", key: "k"), None);
        await Works.CommitAsync(Claim((await ClaimAsync())[0]), Ended(), None);

        var again = await Works.AdmitAsync(Asked("wrk_2", key: "k"), None);

        Assert.Equal(("wrk_1", WorkState.Finished, false), (again.Work.Id, again.Work.State, again.Created));
    }

    [Fact]
    public async Task AdmitAsync_SameIdAgain_IsTheSameWork()
    {
        await AdmitAsync("wrk_1");

        Assert.False((await Works.AdmitAsync(Asked("wrk_1"), None)).Created);
        Assert.Single(await EventsAsync("wrk_1"));
    }

    [Fact]
    public async Task W5_FiftyAdmissionsUnderOneKeyAtOnce_AreOneWorkAndOneEvent()
    {
        List<WorkStore> stores = [Works];
        if (Backend.HasNodes)
            stores.Add(On(await Backend.OpenAsync(Clock)));

        var admissions = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(() => stores[n % stores.Count].AdmitAsync(Asked($"wrk_{n}", key: "k"), None))));

        Assert.Single(admissions, admission => admission.Created);
        Assert.Single(admissions.Select(admission => admission.Work.Id).Distinct());
        Assert.Equal(1, await CountAsync("work"));
        Assert.Equal(["work.requested"], await EventsAsync());
    }

    [Fact]
    public async Task AdmitManyAsync_SomeKnown_AnswersEachInOrder()
    {
        await Works.AdmitAsync(Asked("wrk_1", key: "a"), None);

        var admissions = await Works.AdmitManyAsync([Asked("wrk_2", key: "b"), Asked("wrk_3", key: "a"), Asked("wrk_4", key: "b")], None);

        Assert.Equal([("wrk_2", true), ("wrk_1", false), ("wrk_2", false)], admissions.Select(admission => (admission.Work.Id, admission.Created)));
        Assert.Equal(2, await CountAsync("work"));
    }

    [Fact]
    public async Task AdmitManyAsync_OneFails_NoneIsAdmitted()
    {
        var broken = Asked("wrk_2") with { Work = Asked("wrk_2").Work with { Context = (ContextMode)99 } };

        await Assert.ThrowsAnyAsync<Exception>(() => Works.AdmitManyAsync([Asked("wrk_1"), broken], None));

        Assert.Equal(0, await CountAsync("work"));
        Assert.Empty(await EventsAsync());
    }

    [Fact]
    public async Task AdmitAsync_NewWork_HasUsedNothing()
    {
        var work = await AdmitAsync("wrk_1");

        Assert.Equal(TurnUsage.None, work.Usage);
        Assert.Equal(TurnUsage.None, (await GetAsync("wrk_1")).Usage);
    }
}

public sealed class SqliteAdmissionTests : AdmissionTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresAdmissionTests : AdmissionTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
