using Microsoft.Extensions.AI;
using NodaTime;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Heartbeat;
using Vigil.Models;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Heartbeat;

public sealed class SlotTests
{
    private static readonly TimeSpan s_every = TimeSpan.FromMinutes(30);

    [Fact]
    public async Task H01_ADayOfBeats_SlotsAreExactlyTheIntervalApart()
    {
        await using var bed = await BeatBed.StartAsync(start: "2026-03-28T12:00:00Z"); // a clock change lies in it
        var first = await bed.NextAsync();

        for (var slot = first; slot < first.AddDays(1); slot += s_every)
            await bed.AtAsync(slot.AddSeconds(7));

        var slots = (await bed.WorksAsync()).Select(work => work.Slot!.Value).Order().ToList();
        Assert.Equal(48, slots.Count);
        Assert.All(slots.Zip(slots.Skip(1)), pair => Assert.Equal(s_every, pair.Second - pair.First));
        Assert.All(await bed.WorksAsync(), work => Assert.Equal(Outcome.Silent, work.Outcome));
    }

    [Fact]
    public async Task H02_H04_FreshAgentAndRestart_NoBeatBeforeTheSlotAndTheSlotStays()
    {
        await using var bed = await BeatBed.StartAsync();
        var next = await bed.NextAsync();
        Assert.InRange(next - bed.Clock.GetUtcNow(), TimeSpan.Zero, s_every);

        await bed.RestartAsync();

        Assert.Equal(next, await bed.NextAsync());
        Assert.Empty(await bed.WorksAsync());
    }

    [Fact]
    public async Task H05_RestartedEvery20MinutesForADay_NoSlotIsLost()
    {
        await using var bed = await BeatBed.StartAsync();
        await bed.PulseAsync();
        for (var i = 0; i < 72; i++)
        {
            await bed.AtAsync(bed.Clock.GetUtcNow().AddMinutes(20));
            await bed.RestartAsync();
            await bed.PulseAsync();
            await bed.SettleAsync();
        }
        Assert.Equal(48, (await bed.WorksAsync()).Count);
        Assert.Empty((await bed.EventsAsync(EventTypes.WorkSkipped)));
    }

    [Fact]
    public async Task H06_DownOverTenSlots_OneLateBeatRestMissedOnTheOldGrid()
    {
        await using var bed = await BeatBed.StartAsync();
        var first = await bed.NextAsync();
        await bed.CloseAsync();
        bed.Clock.AdvanceTo(first + (9 * s_every) + TimeSpan.FromMinutes(3));
        await bed.OpenAsync();

        await bed.PulseAsync();
        await bed.SettleAsync();

        var work = Assert.Single(await bed.WorksAsync());
        Assert.Equal(first + (9 * s_every), work.Slot);
        Assert.Equal(Outcome.Silent, work.Outcome);
        var missed = Assert.Single(await bed.EventsAsync(EventTypes.WorkSkipped));
        Assert.Equal(("missed", 9), (missed.Payload.GetProperty("reason").GetString(), missed.Payload.GetProperty("count").GetInt32()));
        Assert.Equal(first + (10 * s_every), await bed.NextAsync());
    }

    [Fact]
    public async Task H08_StillRunningAtTheNextSlot_OverlapAndTheSlotAfterIsNormal()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "1m" """);
        var reply = new TaskCompletionSource<string>();
        bed.Client.EnqueueWhen(reply.Task);
        var first = await bed.NextAsync();
        bed.Clock.AdvanceTo(first);
        await bed.PulseAsync();
        await bed.Client.NextAsync();

        bed.Clock.AdvanceTo(await NextOfAsync(bed));
        await bed.PulseAsync();
        reply.SetResult("Done.");
        await bed.SettleAsync();
        await bed.AtAsync(await NextOfAsync(bed));

        var works = (await bed.WorksAsync()).OrderBy(work => work.Slot).ToList();
        Assert.Equal([Outcome.Silent, Outcome.Skipped, Outcome.Silent], works.Select(work => work.Outcome!.Value));
        Assert.Equal(Reasons.Overlap, works[1].Reason);
    }

    private static async Task<DateTimeOffset> NextOfAsync(BeatBed bed) => (await bed.Get<IHeartbeatStore>().GetAsync(bed.Agent, CancellationToken.None))!.NextAt;

    [Fact]
    public async Task H12_H13_ProviderFailsForGood_NextTryIsTheNextSlotAndOneNotice()
    {
        await using var bed = await BeatBed.StartAsync();
        bed.Client.Answer = _ => throw new ModelFailureException(new ModelFailure(ModelFailureKind.Auth, "no", "openai", "gpt"));
        for (var i = 0; i < 5; i++)
        {
            var work = await bed.BeatAsync();
            Assert.Equal((Outcome.Failed, Reasons.ModelError), (work.Outcome, work.Reason));
            await bed.RestartAsync();
        }
        Assert.Equal(5, bed.Requests.Count);
        var notice = Assert.Single(await bed.InboxAsync());
        Assert.Contains("failed with the same cause", notice.Text);

        bed.Client.Answer = _ => [new TextContent("Fine.")];
        await bed.BeatAsync();
        await bed.RestartAsync();
        await bed.BeatAsync();
        await bed.RestartAsync();

        Assert.Equal(2, (await bed.InboxAsync()).Count);
        Assert.Contains(await bed.InboxAsync(), one => one.Text.Contains("works again"));
    }

    [Fact]
    public async Task H14_Status_ShowsLastAndNext()
    {
        await using var bed = await BeatBed.StartAsync(checklist: null);
        await bed.BeatAsync();

        var status = await bed.Get<Heartbeats>().StatusAsync(bed.Profile, CancellationToken.None);

        Assert.Equal((Outcome.Skipped, Reasons.EmptyChecklist, "Europe/Berlin", false), (status.LastOutcome, status.LastReason, status.Timezone, status.Overdue));
        Assert.Equal(status.LastSlot + s_every, status.NextSlot);
        bed.Clock.AdvanceTo(status.NextSlot!.Value.AddMinutes(5));
        Assert.True((await bed.Get<Heartbeats>().StatusAsync(bed.Profile, CancellationToken.None)).Overdue);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task H79_EveryChanged_NextSlotFollowsAndNoSlotTwice(bool restart)
    {
        await using var bed = await BeatBed.StartAsync();
        await bed.BeatAsync();
        bed.Settings(""" "every": "15m" """);
        if (restart)
            await bed.RestartAsync();
        else
            await bed.ReloadAsync();

        var next = await bed.NextAsync();

        Assert.InRange(next - bed.Clock.GetUtcNow(), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(15));
        Assert.Equal(next, new BeatGrid(AgentId.Main, Duration.FromMinutes(15)).Next(Instant.FromDateTimeOffset(bed.Clock.GetUtcNow())).ToDateTimeOffset());
        await bed.BeatAsync();
        var slots = (await bed.WorksAsync()).Select(work => work.Slot).ToList();
        Assert.Equal(slots.Count, slots.Distinct().Count());
    }

    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/New_York")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Asia/Kathmandu")]
    [InlineData("America/Sao_Paulo")]
    public async Task H24_ClockChangeWeekend_EachSlotIsJudgedByTheWallClock(string zone)
    {
        var rules = DateTimeZoneProviders.Tzdb[zone];
        var change = rules.GetZoneInterval(Instant.FromUtc(2026, 2, 1, 0, 0)) is { HasEnd: true } interval && interval.End < Instant.FromUtc(2027, 1, 1, 0, 0)
            ? interval.End
            : Instant.FromUtc(2026, 3, 29, 1, 0);
        var start = (change - Duration.FromHours(24)).ToString("uuuu-MM-dd'T'HH:mm:ss'Z'", null);
        await using var bed = await BeatBed.StartAsync($$""" "every": "30m", "activeHours": { "start": "01:30", "end": "03:30", "timezone": "{{zone}}" } """, start);

        for (var slot = await bed.NextAsync(); slot < (change + Duration.FromHours(24)).ToDateTimeOffset(); slot += s_every)
            await bed.AtAsync(slot);

        Assert.NotEmpty(bed.Requests);
        foreach (var work in await bed.WorksAsync())
        {
            var local = Instant.FromDateTimeOffset(work.Slot!.Value).InZone(rules).TimeOfDay;
            var inside = local >= new LocalTime(1, 30) && local < new LocalTime(3, 30);
            Assert.Equal(inside ? Outcome.Silent : Outcome.Skipped, work.Outcome);
            Assert.Equal(inside ? Reasons.Ack : Reasons.OutsideActiveHours, work.Reason);
        }
    }
}
