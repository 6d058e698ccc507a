using Vigil.Agents;
using Vigil.Cron;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Storage.Cron;
using Vigil.Storage.Engine;
using Vigil.Storage.Tests.Work;
using Vigil.Work;

namespace Vigil.Storage.Tests.Cron;

public abstract class ScheduleStoreTests : WorkSuite
{
    private protected ScheduleStore Store => new(Database);

    [Fact]
    public async Task AddAsync_EveryField_IsReadAsWritten()
    {
        var schedule = Named("every field") with
        {
            When = new StoredSchedule("cron", "0 9 * * *", "Europe/Berlin", null),
            Prompt = "Was läuft? 🦉",
            Session = "agent:main:cron:news",
            Model = "openai/gpt",
            Tools = [],
            Deliver = ["inbox", "webhook:phone"],
            Notify = NotifyPolicy.Gated,
            Missed = MissedPolicy.All,
            MissedCap = 3,
            Overlap = OverlapPolicy.Queue,
            Deadline = TimeSpan.FromMinutes(7),
            Origin = "webhook:phone",
            Enabled = false,
            DisabledReason = Reasons.AutoDisabled,
            Failures = 4,
            LastError = "no luck",
            LastOutcome = Outcome.Failed,
            ToldCause = "model-error: no luck",
            NextAt = Now.AddHours(1),
            LastSlot = Now.AddHours(-1),
            QueuedSlot = Now.AddMinutes(-1),
            EndedAt = Now.AddMinutes(1),
        };

        await AddAsync(schedule);

        Assert.Equivalent(schedule, await Store.GetAsync(schedule.Id, None), strict: true);
    }

    [Fact]
    public async Task C26_AddAsync_NameOfTheSameAgent_IsRefused()
    {
        Assert.True(await AddAsync(Named("morning")));
        Assert.False(await AddAsync(Named("morning") with { Id = "sch_2" }));
        Assert.True(await AddAsync(Named("morning") with { Id = "sch_3", Agent = AgentId.Parse("ops") }));
        Assert.Equal(2, (await EventsAsync()).Count(type => type == ScheduleEvents.Added));
    }

    [Fact]
    public async Task ListAsync_Pages_HoldEachOnceAndOnlyWhatTheFilterLets()
    {
        for (var i = 0; i < 7; i++)
            await AddAsync(Named($"s{i}") with { Id = $"sch_{i}", Agent = AgentId.Parse(i % 2 == 0 ? "main" : "ops"), EndedAt = i == 6 ? Now : null });

        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = await Store.ListAsync(new ScheduleFilter(), after, 2, None);
            seen.AddRange(page.Items.Select(schedule => schedule.Id));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(["sch_0", "sch_1", "sch_2", "sch_3", "sch_4", "sch_5"], seen);
        Assert.Equal(3, (await Store.ListAsync(new ScheduleFilter { Agents = [AgentId.Parse("ops")] }, null, 10, None)).Items.Count);
        Assert.Equal(7, (await Store.ListAsync(new ScheduleFilter { Agents = [AgentId.Main, AgentId.Parse("ops")], IncludeEnded = true }, null, 10, None)).Items.Count);
        Assert.Equal("sch_3", (await Store.ListAsync(new ScheduleFilter { Name = "s3" }, null, 10, None)).Items.Single().Id);
    }

    [Fact]
    public async Task ChangeAsync_NameThatIsTaken_LeavesTheScheduleAsItWas()
    {
        await AddAsync(Named("one"));
        await AddAsync(Named("two") with { Id = "sch_2" });
        var (result, schedule) = await Store.ChangeAsync("sch_2", two => two with { Name = "one", Prompt = "Else." }, Changed, None);
        Assert.Equal(ScheduleChange.NameTaken, result);
        Assert.Equal("two", schedule!.Name);
        Assert.Equal(ScheduleChange.NotFound, (await Store.ChangeAsync("sch_9", two => two, Changed, None)).Result);
        Assert.Equal(ScheduleChange.Unchanged, (await Store.ChangeAsync("sch_2", _ => null, Changed, None)).Result);
    }

    [Fact]
    public async Task SweepAsync_DueSchedules_BecomeWorksAndGetTheirNextSlotTogether()
    {
        for (var i = 0; i < 25; i++)
            await AddAsync(Named($"s{i}") with { Id = $"sch_{i:00}", NextAt = Now });
        await AddAsync(Named("later") with { Id = "sch_later", NextAt = Now.AddSeconds(1) });

        var results = new List<SweepResult>();
        do
            results.Add(await Store.SweepAsync(Now, 10, new Hourly(), None));
        while (results[^1].More);

        Assert.Equal(25, results.Sum(result => result.Admitted));
        Assert.Equal(25, (await Works.ListAsync(new WorkFilter { Sources = [WorkSources.Cron] }, null, 100, None)).Items.Select(work => work.Origin).Distinct().Count());
        Assert.Equal(Now.AddHours(1), (await Store.GetAsync("sch_07", None))!.NextAt);
        Assert.Equal(SweepResult.Nothing, await Store.SweepAsync(Now, 10, new Hourly(), None));
    }

    [Fact]
    public async Task C20_SweepAsync_ASlotThatWasUsed_AdmitsNothing()
    {
        await AddAsync(Named("once") with { NextAt = Now });
        var slot = Now;
        await Store.SweepAsync(slot, 10, new Hourly(), None);
        await Store.ChangeAsync("sch_1", schedule => schedule with { NextAt = slot }, Changed, None);
        Assert.Equal(0, (await Store.SweepAsync(slot, 10, new Hourly(), None)).Admitted);
        Assert.Equal(1, await CountAsync("work"));
    }

    [Fact]
    public async Task SweepAsync_PlanThatThrows_WritesNothing()
    {
        await AddAsync(Named("a") with { NextAt = Now });
        await AddAsync(Named("b") with { Id = "sch_2", NextAt = Now });
        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.SweepAsync(Now, 10, new Hourly { FailsAt = "sch_2" }, None));
        Assert.Equal(0, await CountAsync("work"));
        Assert.Equal(2, (await Store.SweepAsync(Now, 10, new Hourly(), None)).Admitted);
    }

    [Fact]
    public async Task SweepAsync_EndedWorks_AreCountedOnce()
    {
        await AddAsync(Named("a") with { NextAt = Now });
        await Store.SweepAsync(Now, 10, new Hourly(), None);
        var work = (await ClaimAsync()).Single();
        Assert.Equal(SweepResult.Nothing, await Store.SweepAsync(Now, 10, new Hourly(), None));
        await Works.CommitAsync(Claim(work), Ended(Outcome.Failed, Reasons.ModelError), None);
        await Store.SweepAsync(Now, 10, new Hourly(), None);
        await Store.SweepAsync(Now, 10, new Hourly(), None);
        Assert.Equal(1, (await Store.GetAsync("sch_1", None))!.Failures);
        Assert.Equal(0, await CountAsync("schedule_slot"));
    }

    [Fact]
    public async Task SweepAsync_SkippedAndSuperseded_EndWithoutBeingClaimed()
    {
        await AddAsync(Named("a") with { NextAt = Now });
        await Store.SweepAsync(Now, 10, new Hourly(), None);
        var claim = Claim((await ClaimAsync()).Single());
        await Works.DeferAsync(claim, Now.AddHours(3), Reasons.ModelError, [], new NewEvent(Now, EventTypes.WorkDeferred, WorkSources.Cron, "main", claim.WorkId), None);
        Clock.Now = Now.AddHours(1);
        var plan = new Hourly { Skips = true };
        var result = await Store.SweepAsync(Now, 10, plan, None);
        Assert.True(Assert.Single(plan.Seen!.Open).WaitsForRetry);
        Assert.Equal((0, 1), (result.Admitted, result.Skipped));
        Assert.Equal((Outcome.Cancelled, Reasons.Superseded), Ending(await GetAsync(claim.WorkId)));
        Assert.Equal((Outcome.Skipped, Reasons.Overlap), Ending((await Works.ListAsync(new WorkFilter { Reason = Reasons.Overlap }, null, 10, None)).Items.Single()));
        Clock.Now = Now.AddHours(9);
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task SweepAsync_OnSeveralNodesAtOnce_AdmitsEachSlotOnce()
    {
        for (var i = 0; i < 60; i++)
            await AddAsync(Named($"s{i}") with { Id = $"sch_{i:00}", NextAt = Now });
        var nodes = new List<IDatabase> { Database };
        if (Backend.HasNodes)
            nodes.AddRange([await Backend.OpenAsync(Clock), await Backend.OpenAsync(Clock)]);

        await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while ((await new ScheduleStore(node).SweepAsync(Now, 7, new Hourly(), None)).More)
            {
            }
        }))));
        await Store.SweepAsync(Now, 100, new Hourly(), None);

        var works = (await Works.ListAsync(new WorkFilter(), null, 500, None)).Items;
        Assert.Equal(60, works.Count);
        Assert.Equal(60, works.Select(work => work.Origin).Distinct().Count());
        Assert.Equal(60, (await EventsAsync()).Count(type => type == EventTypes.WorkRequested));
    }

    [Fact]
    public async Task RemoveAsync_DuringARun_KeepsTheWorks()
    {
        await AddAsync(Named("a") with { NextAt = Now });
        await Store.SweepAsync(Now, 10, new Hourly(), None);
        var work = (await ClaimAsync()).Single();
        var removed = new NewEvent(Now, ScheduleEvents.Removed, "gateway", "main");
        Assert.True(await Store.RemoveAsync("sch_1", removed, None));
        Assert.False(await Store.RemoveAsync("sch_1", removed, None));
        Assert.Equal(CommitResult.Written, await Works.CommitAsync(Claim(work), Ended(), None));
        Assert.Equal(SweepResult.Nothing, await Store.SweepAsync(Now.AddHours(9), 10, new Hourly(), None));
    }

    [Fact]
    public async Task PruneHistoryAsync_KeepsTheNewestOfEachSchedule()
    {
        await AddAsync(Named("a") with { NextAt = Now });
        for (var i = 0; i < 5; i++)
        {
            await Store.SweepAsync(Now, 10, new Hourly(), None);
            await Works.CommitAsync(Claim((await ClaimAsync()).Single()), Ended(), None);
            Clock.Now = Now.AddHours(1);
        }
        Assert.Equal(3, await Store.PruneHistoryAsync(2, None));
        Assert.Equal(2, await CountAsync("work"));
        Assert.Equal(0, await Store.PruneHistoryAsync(2, None));
    }

    [Fact]
    public async Task PostAsync_SameKey_PostsOnceAndTellsAnotherBody()
    {
        var posts = new PostStore(Database);
        var first = await PostAsync(posts, "wrk_1", "f");
        var again = await PostAsync(posts, "wrk_2", "f");
        var other = await PostAsync(posts, "wrk_3", "g");
        Assert.Equal((true, "wrk_1", Outcome.Spoke), (first.Created, first.Work.Id, first.Work.Outcome));
        Assert.Equal((false, "wrk_1", false), (again.Created, again.Work.Id, again.Conflict));
        Assert.Equal((false, "wrk_1", true), (other.Created, other.Work.Id, other.Conflict));
        Assert.Equal(1, await CountAsync("notification"));
        Assert.Equal(["ntf_wrk_1"], (await GetAsync("wrk_1")).Notifications);
    }

    private Task<Admission> PostAsync(PostStore posts, string id, string fingerprint)
        => posts.PostAsync(Asked(id, key: "k", fingerprint: fingerprint).Work, Said($"ntf_{id}", id), new NewEvent(Now, EventTypes.WorkDone, WorkSources.Task, "main", id), None);

    private static (Outcome, string?) Ending(AgentWork work) => (work.Outcome!.Value, work.Reason);

    private Task<bool> AddAsync(Schedule schedule) => Store.AddAsync(schedule, new NewEvent(Now, ScheduleEvents.Added, "gateway", schedule.Agent.Value), None);

    private NewEvent Changed(Schedule schedule) => new(Now, ScheduleEvents.Changed, "gateway", schedule.Agent.Value);

    private Schedule Named(string name) => new()
    {
        Id = "sch_1",
        Agent = AgentId.Main,
        Name = name,
        When = new StoredSchedule("every", "1h", null, Now.ToUnixTimeMilliseconds()),
        Prompt = "look around",
        CreatedAt = Now,
        UpdatedAt = Now,
    };

    /// <summary>The next slot is an hour later; what is open is superseded when it waits for a retry.</summary>
    private sealed class Hourly : ISweepPlan
    {
        public string? FailsAt { get; init; }

        public bool Skips { get; init; }

        public DueSchedule? Seen { get; private set; }

        public SweepStep Settle(Schedule schedule, EndedSlot ended, DateTimeOffset now)
            => new(schedule with { Failures = schedule.Failures + (ended.Outcome == Outcome.Failed ? 1 : 0), LastOutcome = ended.Outcome });

        public SweepStep Due(DueSchedule due, DateTimeOffset now)
        {
            Seen = due;
            var schedule = due.Schedule;
            if (schedule.Id == FailsAt)
                throw new InvalidOperationException("The plan has a bug.");
            var id = $"wrk_{schedule.Id}_{schedule.NextAt!.Value.ToUnixTimeMilliseconds()}_{Guid.NewGuid():N}";
            var work = new AgentWork
            {
                Id = id,
                Agent = schedule.Agent,
                Source = WorkSources.Cron,
                Origin = schedule.Id,
                Prompt = schedule.Prompt,
                Session = SessionKey.For(schedule.Agent, "cron", id),
                DedupeKey = schedule.NextAt.Value.ToString("u"),
                Slot = schedule.NextAt,
                CreatedAt = now,
                DueAt = now,
            };
            return new SweepStep(schedule with { NextAt = schedule.NextAt.Value.AddHours(1) })
            {
                Admit = Skips ? [] : [work],
                Skip = Skips ? [(work, Reasons.Overlap, new NewEvent(now, EventTypes.WorkSkipped, WorkSources.Cron, "main", id))] : [],
                Supersede = [.. due.Open.Where(open => open.WaitsForRetry).Select(open => open.WorkId)],
            };
        }
    }
}

public sealed class SqliteScheduleStoreTests : ScheduleStoreTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresScheduleStoreTests : ScheduleStoreTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
