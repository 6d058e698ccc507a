using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Gateway.Tests.Support;
using Vigil.Notify;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Cron;

/// <summary>What becomes of slots: on time, late, missed, overlapping.</summary>
public sealed class SlotTests
{
    [Fact]
    public async Task C5_SlotsOfAnIntervalLieExactlyApartHoweverLongTheRunsTake()
    {
        await using var host = await EngineHost.StartAsync();
        await host.AddAsync(new { every = "45m" });
        for (var i = 0; i < 4; i++)
        {
            host.Model.Client.Enqueue("Done.");
            await host.PulseAsync(TimeSpan.FromMinutes(45));
            await host.EndedAsync(i + 1);
        }
        var slots = (await host.WorksAsync()).Select(work => work.Slot!.Value).ToList();
        Assert.Equal(4, slots.Count);
        Assert.All(slots.Zip(slots.Skip(1)), pair => Assert.Equal(TimeSpan.FromMinutes(45), pair.Second - pair.First));
    }

    [Fact]
    public async Task C3_C6_ARestartMovesNoSlot()
    {
        await using var first = await EngineHost.StartAsync();
        var once = await first.AddAsync(new { at = "in 20m" }, "once");
        var often = await first.AddAsync(new { every = "1h" }, "often");
        await using var second = await first.RestartAsync(TimeSpan.FromMinutes(7));
        await using var third = await second.RestartAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(once.GetProperty("nextAt").GetDateTimeOffset(), (await third.ShowAsync("once")).GetProperty("nextAt").GetDateTimeOffset());
        Assert.Equal(often.GetProperty("nextAt").GetDateTimeOffset(), (await third.ShowAsync("often")).GetProperty("nextAt").GetDateTimeOffset());
        third.Model.Client.Enqueue("Tea is ready.");
        await third.PulseAsync(TimeSpan.FromMinutes(7));
        var work = Assert.Single(await third.EndedAsync(1));
        Assert.Equal(once.GetProperty("nextAt").GetDateTimeOffset(), work.Slot);
        Assert.Equal(Outcome.Spoke, work.Outcome);
    }

    [Fact]
    public async Task C20_ASlotThatHasFiredDoesNotFireAgainWhenTheClockWasSetBack()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Answer = _ => [new TextContent("Done.")];
        await host.AddAsync(new { cron = "*/5 * * * *" });
        await host.PulseAsync(TimeSpan.FromMinutes(5));
        await host.EndedAsync(1);
        var fired = (await host.WorksAsync())[0].Slot!.Value;
        // Setting the time anew is what makes a schedule look for its next slot from the present time.
        await using var after = await host.RestartAsync(TimeSpan.Zero);
        var back = fired.AddMinutes(-10);
        var store = after.Get<Vigil.Cron.IScheduleStore>();
        var plan = after.Get<Vigil.Cron.ISweepPlan>();
        var id = (await after.ShowAsync()).Text("id");
        await store.ChangeAsync(id, schedule => schedule with { NextAt = fired }, schedule => new(back, "test", "test"), default);
        Assert.Equal(0, (await store.SweepAsync(fired, 1000, plan, default)).Admitted);
        Assert.Single(await after.WorksAsync());
    }

    [Fact]
    public async Task C39_TheRequestSaysTheTimeWithZoneAndThePlannedSlot()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("Done.");
        await host.AddAsync(new { cron = "30 10 * * *" });
        await host.PulseAsync(TimeSpan.FromMinutes(30) + TimeSpan.FromSeconds(2));
        await host.EndedAsync(1);
        var text = host.Model.Client.Requests.Single().LastUserText;
        Assert.Contains("It is Mon 2026-01-05 10:30:02 +01:00 (Europe/Berlin).", text, StringComparison.Ordinal);
        Assert.Contains("planned for Mon 2026-01-05 10:30 +01:00 (Europe/Berlin) and is on time.", text, StringComparison.Ordinal);
        Assert.Contains("Do the report.", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("30 2 * * *", null)]
    [InlineData(null, "2026-03-29T02:30")]
    public async Task C16_ATimeThatTheClockSkipsRunsOnceAndTellsWhatItStandsFor(string? cron, string? at)
    {
        await using var host = await EngineHost.StartAsync(now: new DateTimeOffset(2026, 3, 28, 12, 0, 0, TimeSpan.Zero));
        host.Model.Client.Enqueue("Done.");
        var added = await host.AddAsync(new { cron, at });
        Assert.Contains(added.GetProperty("next").EnumerateArray(), slot => slot.Text("planned") == "Sun 2026-03-29 02:30");
        await host.PulseAsync(TimeSpan.FromHours(13));
        var work = Assert.Single(await host.EndedAsync(1));
        Assert.Equal(new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero), work.Slot);
        Assert.Contains("stands for Sun 2026-03-29 02:30", host.Model.Client.Requests.Single().LastUserText, StringComparison.Ordinal);
        Assert.Equal("Sun 2026-03-29 02:30", (await host.HistoryAsync())[0].Text("plannedLocal"));
    }

    [Fact]
    public async Task C52_MissedSkip_NoneRunsAndOneEventCountsThem()
    {
        await using var first = await EngineHost.StartAsync();
        await first.AddAsync(new { every = "1h" }, more: body => body["missed"] = "skip");
        await using var host = await first.RestartAsync(TimeSpan.FromMinutes(200));
        await host.PulseAsync();
        var work = Assert.Single(await host.WorksAsync());
        Assert.Equal((Outcome.Skipped, "missed"), (work.Outcome!.Value, work.Reason));
        var told = Assert.Single(await host.EventsAsync("work.skipped")).Payload;
        Assert.Equal(3, told.GetProperty("count").GetInt64());
        Assert.Equal("2026-01-05T10:00:00Z", told.Text("first"));
        Assert.Equal("2026-01-05T12:00:00Z", told.Text("last"));
        Assert.Equal(new DateTimeOffset(2026, 1, 5, 13, 0, 0, TimeSpan.Zero), (await host.ShowAsync()).GetProperty("nextAt").GetDateTimeOffset());
        Assert.Empty(host.Model.Client.Requests);
    }

    [Fact]
    public async Task C53_MissedOnce_OneRunSaysWhichSlotItStandsForAndHowLateItIs()
    {
        await using var first = await EngineHost.StartAsync();
        await first.AddAsync(new { every = "1h" });
        await using var host = await first.RestartAsync(TimeSpan.FromMinutes(200), next => next.Model.Client.Enqueue("Done."));
        await host.PulseAsync();
        var works = await host.EndedAsync(2);
        Assert.Single(works, work => work.Outcome == Outcome.Spoke);
        var recorded = Assert.Single(works, work => work.Outcome == Outcome.Skipped);
        Assert.Equal("missed", recorded.Reason);
        Assert.Equal(2, recorded.Metadata["count"]!.GetValue<long>());
        var text = Assert.Single(host.Model.Client.Requests).LastUserText;
        Assert.Contains("planned for Mon 2026-01-05 13:00 +01:00 (Europe/Berlin) and is 20 minutes late", text, StringComparison.Ordinal);
        Assert.Contains("one of 3 slots that were missed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task C54_MissedAll_TheNewestUpToTheCapRunInOrder()
    {
        await using var first = await EngineHost.StartAsync();
        await first.AddAsync(new { every = "1h" }, more: body => (body["missed"], body["missedCap"]) = ("all", 2));
        await using var host = await first.RestartAsync(TimeSpan.FromMinutes(320), next =>
        {
            next.Model.Client.Answer = _ => [new TextContent("Done.")];
            next.Settings.Gateway = next.Settings.Gateway with { Work = next.Settings.Gateway.Work with { Slots = 1 } };
        });
        await host.PulseAsync();
        var works = await host.EndedAsync(3);
        Assert.Equal([13, 14], works.Where(work => work.Outcome == Outcome.Spoke).Select(work => work.Slot!.Value.Hour).Order());
        Assert.Equal(["14:00", "15:00"], host.Model.Client.Requests.Select(request => System.Text.RegularExpressions.Regex.Match(request.LastUserText, "planned for Mon 2026-01-05 ([0-9:]+)").Groups[1].Value));
        Assert.Equal(3, works.Single(work => work.Outcome == Outcome.Skipped).Metadata["count"]!.GetValue<long>());
    }

    [Fact]
    public async Task C55_AMissedOneShotRunsHoweverLate()
    {
        await using var first = await EngineHost.StartAsync();
        await first.AddAsync(new { at = "in 20m" });
        await using var host = await first.RestartAsync(TimeSpan.FromDays(3), next => next.Model.Client.Enqueue("Better late."));
        await host.PulseAsync();
        Assert.Equal(Outcome.Spoke, Assert.Single(await host.EndedAsync(1)).Outcome);
    }

    [Fact]
    public async Task C55_AMissedOneShotUnderSkipIsRecordedAndTheOwnerIsTold()
    {
        await using var first = await EngineHost.StartAsync();
        await first.AddAsync(new { at = "in 20m" }, more: body => body["missed"] = "skip");
        await using var host = await first.RestartAsync(TimeSpan.FromDays(3));
        await host.PulseAsync();
        await host.PulseAsync();
        Assert.Equal("missed", Assert.Single(await host.WorksAsync()).Reason);
        var note = Assert.Single(await host.InboxAsync());
        Assert.Contains("was due at Mon 2026-01-05 10:20", note.Text, StringComparison.Ordinal);
        Assert.Equal("ended", (await host.ShowAsync()).Text("state"));
    }

    [Fact]
    public async Task C56_OverlapSkip_TheSlotIsRecordedAndNoSecondRunStarts()
    {
        await using var host = await EngineHost.StartAsync();
        var end = new TaskCompletionSource<string>();
        host.Model.Client.EnqueueWhen(end.Task);
        await host.AddAsync(new { every = "1m" });
        await host.PulseAsync(TimeSpan.FromMinutes(1));
        await host.Model.Client.NextAsync();
        await host.PulseAsync(TimeSpan.FromMinutes(1));
        var second = (await host.WorksAsync())[1];
        Assert.Equal((Outcome.Skipped, "overlap"), (second.Outcome!.Value, second.Reason));
        end.SetResult("Done.");
        await host.EndedAsync(2);
        Assert.Single(host.Model.Client.Requests);
    }

    [Fact]
    public async Task C57_OverlapQueue_OneRunFollowsAndTheOthersAreMergedIntoIt()
    {
        await using var host = await EngineHost.StartAsync();
        var end = new TaskCompletionSource<string>();
        host.Model.Client.EnqueueWhen(end.Task);
        await host.AddAsync(new { every = "1m" }, more: body => body["overlap"] = "queue");
        await host.PulseAsync(TimeSpan.FromMinutes(1));
        await host.Model.Client.NextAsync();
        for (var i = 0; i < 3; i++)
            await host.PulseAsync(TimeSpan.FromMinutes(1));
        var merged = (await host.WorksAsync()).Skip(1).ToList();
        Assert.Equal(["2026-01-05T09:02:00Z", "2026-01-05T09:02:00Z"], merged.Select(work => work.Metadata["mergedInto"]!.GetValue<string>()));
        host.Model.Client.Enqueue("And again.");
        end.SetResult("Done.");
        await host.EndedAsync(3);
        await host.PulseAsync(TimeSpan.FromSeconds(1));
        var works = await host.EndedAsync(4);
        Assert.Equal(2, works.Count(work => work.Outcome == Outcome.Spoke));
        Assert.Equal(2, host.Model.Client.Requests.Count);
    }

    [Fact]
    public async Task C57_OverlapAllow_IsolatedRunsGoSideBySideAndThoseOfOneSessionDoNot()
    {
        await using var host = await EngineHost.StartAsync();
        var end = new TaskCompletionSource<string>();
        for (var i = 0; i < 4; i++)
            host.Model.Client.EnqueueWhen(end.Task);
        await host.AddAsync(new { every = "1m" }, "apart", body => body["overlap"] = "allow");
        await host.AddAsync(new { every = "1m" }, "together", body => (body["overlap"], body["session"]) = ("allow", "news"));
        await host.PulseAsync(TimeSpan.FromMinutes(1));
        await host.PulseAsync(TimeSpan.FromMinutes(1));
        var running = await host.UntilAsync(host.WorksAsync, works => works.Count(work => work.State == WorkState.Running) == 3);
        Assert.Equal(WorkState.Waiting, running.Single(work => work.State != WorkState.Running).State);
        Assert.Contains(":cron:news", running.Single(work => work.State == WorkState.Waiting).Session.Value, StringComparison.Ordinal);
        end.SetResult("Done.");
        await host.EndedAsync(4);
    }

    [Fact]
    public async Task C58_TwoHundredDueInOneSecondAllBecomeWorkAndAllEndFourAtATime()
    {
        await using var host = await EngineHost.StartAsync(next => next.Settings.Gateway = next.Settings.Gateway with { Work = next.Settings.Gateway.Work with { Slots = 4 } });
        var (now, most) = (0, 0);
        host.Model.Client.Answer = _ =>
        {
            var running = Interlocked.Increment(ref now);
            InterlockedMax(ref most, running);
            Interlocked.Decrement(ref now);
            return [new TextContent("Done.")];
        };
        for (var i = 0; i < 200; i++)
            await host.AddAsync(new { cron = "5 10 * * *" }, $"s{i}", body => body["deliver"] = "none");
        await host.PulseAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(200, (await host.WorksAsync()).Count);
        await host.EndedAsync(200);
        Assert.InRange(most, 1, 4);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
