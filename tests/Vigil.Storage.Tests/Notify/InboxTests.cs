using Vigil.Agents;
using Vigil.Notify;

namespace Vigil.Storage.Tests.Notify;

public abstract class InboxTests : NotifySuite
{
    [Fact]
    public async Task PostAsync_EveryField_IsReadAsWritten()
    {
        var note = Note("ntf_1", "ops", "webhook:phone", "ntfy:x") with
        {
            WorkId = "wrk_1",
            Text = "Fällig 🦉",
            Urgency = Urgency.Urgent,
            Topic = "build",
            AskedFor = true,
            State = NotificationState.Held,
            Reason = Reasons.QuietNow,
            RepeatOf = "ntf_0",
            HeldUntil = Now.AddHours(1),
        };

        Assert.True(await Notifications.PostAsync(note, [Event("notification.held", "wrk_1")], None));
        Assert.False(await Notifications.PostAsync(note with { Text = "other" }, [Event("notification.held", "wrk_1")], None));

        var read = await Notifications.GetAsync("ntf_1", None);
        Assert.Equal(note with { Deliveries = read!.Deliveries }, read);
        Assert.Equal(note.Deliveries.Select(delivery => delivery with { NextAt = Now }), read.Deliveries);
        Assert.Equal(["notification.held"], await EventsAsync());
        Assert.Null(await Notifications.GetAsync("ntf_none", None));
    }

    [Fact]
    public async Task InboxAsync_Pages_GiveUnreadFirstThenNewestFirstEachOnce()
    {
        for (var n = 0; n < 7; n++)
            await PostAsync(Note($"ntf_{n}"));
        foreach (var n in new[] { 1, 3, 6 })
            await Notifications.MarkReadAsync($"ntf_{n}", Now, None);

        foreach (var limit in new[] { 1, 2, 3, 4, 5, 7 })
            Assert.Equal(["ntf_5", "ntf_4", "ntf_2", "ntf_0", "ntf_6", "ntf_3", "ntf_1"], await AllAsync(new InboxFilter(), limit));
        Assert.Equal(["ntf_5", "ntf_4", "ntf_2", "ntf_0"], await AllAsync(new InboxFilter { UnreadOnly = true }, 3));
    }

    [Fact]
    public async Task InboxAsync_Filters_GiveWhatTheySay()
    {
        await PostAsync(Note("ntf_1", "a") with { WorkId = "wrk_1" });
        await PostAsync(Note("ntf_2", "b") with { State = NotificationState.Held });
        await PostAsync(Note("ntf_3", "a") with { State = NotificationState.Suppressed, WorkId = "wrk_1" });
        await PostAsync(Note("ntf_4", "c"));
        await Notifications.MarkDoneAsync("ntf_4", Now, None);

        Assert.Equal(["ntf_2", "ntf_1"], await AllAsync(new InboxFilter()));
        Assert.Equal(["ntf_2", "ntf_1", "ntf_4"], await AllAsync(new InboxFilter { IncludeDone = true }));
        Assert.Equal(["ntf_1"], await AllAsync(new InboxFilter { Agents = [AgentId.Parse("a")] }));
        Assert.Empty(await AllAsync(new InboxFilter { Agents = [] }));
        Assert.Equal(["ntf_2"], await AllAsync(new InboxFilter { States = [NotificationState.Held] }));
        Assert.Equal(["ntf_3"], await AllAsync(new InboxFilter { States = [NotificationState.Suppressed] }));
        Assert.Equal(["ntf_3", "ntf_1"], await AllAsync(new InboxFilter { WorkId = "wrk_1", States = [.. Enum.GetValues<NotificationState>()] }));
    }

    [Fact]
    public async Task W69_SnoozedOne_IsAbsentUntilItsTimeAndThenUnread()
    {
        await PostAsync(Note("ntf_1"));
        await Notifications.MarkReadAsync("ntf_1", Now, None);

        Assert.True(await Notifications.SnoozeAsync("ntf_1", Now.AddHours(1), None));

        Assert.Empty(await AllAsync(new InboxFilter()));
        Clock.Now += TimeSpan.FromHours(1);
        Assert.Equal(["ntf_1"], await AllAsync(new InboxFilter { UnreadOnly = true }));
        await Notifications.MarkReadAsync("ntf_1", Now, None);
        Assert.Empty(await AllAsync(new InboxFilter { UnreadOnly = true }));
        Assert.False(await Notifications.SnoozeAsync("ntf_none", Now, None));
    }

    [Theory]
    [InlineData(Reasons.QuietNow)]
    [InlineData(Reasons.NagLimit)]
    public async Task W69_DoneBeforeItsTimeCame_IsNotPushedAnyMore(string reason)
    {
        var note = Note("ntf_1", "main", "webhook:phone");
        var end = reason == Reasons.QuietNow ? Now.AddHours(8) : (DateTimeOffset?)null;
        await PostAsync(note with { State = NotificationState.Held, Reason = reason, HeldUntil = Now.AddHours(8), Deliveries = [note.Deliveries[0] with { State = DeliveryState.Held, NextAt = end }] });

        Assert.True(await Notifications.MarkDoneAsync("ntf_1", Now, None));

        Clock.Now += TimeSpan.FromHours(9);
        Assert.Empty(await Notifications.ReleaseHeldAsync(Now, 10, _ => null, None));
        Assert.Empty(await Notifications.DigestsDueAsync(Now, None));
        Assert.Empty(await ClaimDeliveriesAsync());
        Assert.Equal(NotificationState.Posted, (await Notifications.GetAsync("ntf_1", None))!.State);
        Assert.False(await Notifications.MarkDoneAsync("ntf_none", Now, None));
    }

    [Fact]
    public async Task MarkReadAsync_Again_KeepsTheFirstInstant()
    {
        var first = Now;
        await Notifications.PostAsync(Note("ntf_1"), [], None);
        Assert.True(await Notifications.MarkReadAsync("ntf_1", first, None));
        Assert.True(await Notifications.MarkReadAsync("ntf_1", first.AddHours(1), None));
        Assert.True(await Notifications.MarkDoneAsync("ntf_1", first.AddHours(2), None));

        var read = await Notifications.GetAsync("ntf_1", None);
        Assert.Equal((first, first.AddHours(2)), (read!.ReadAt!.Value, read.DoneAt!.Value));
        Assert.False(await Notifications.MarkReadAsync("ntf_none", first, None));
    }

    [Fact]
    public async Task LatelyAsync_GivesPostedAndHeldOnesOfTheAgent()
    {
        await PostAsync(Note("ntf_old"));
        var since = Now;
        await PostAsync(Note("ntf_1"));
        await PostAsync(Note("ntf_2") with { State = NotificationState.Held });
        await PostAsync(Note("ntf_3") with { State = NotificationState.Suppressed });
        await PostAsync(Note("ntf_4", "other"));

        Assert.Equal(["ntf_2", "ntf_1"], (await Notifications.LatelyAsync(AgentId.Main, since, 10, None)).Select(note => note.Id));
        Assert.Equal(["ntf_2"], (await Notifications.LatelyAsync(AgentId.Main, since, 1, None)).Select(note => note.Id));
    }

    [Fact]
    public async Task W60_PushedSinceAsync_CountsWhatGoesOutByItself()
    {
        await PostAsync(Note("ntf_before", "main", "webhook:phone"));
        var since = Now;
        await PostAsync(Note("ntf_normal", "main", "webhook:phone", "ntfy:x"));
        await PostAsync(Note("ntf_low", "main", "webhook:phone") with { Urgency = Urgency.Low });
        await PostAsync(Note("ntf_urgent", "main", "webhook:phone") with { Urgency = Urgency.Urgent });
        await PostAsync(Note("ntf_night", "main", "webhook:phone") with { State = NotificationState.Held, Reason = Reasons.QuietNow });
        await PostAsync(Note("ntf_nag", "main", "webhook:phone") with { State = NotificationState.Held, Reason = Reasons.NagLimit });
        await PostAsync(Note("ntf_asked", "main", "webhook:phone") with { AskedFor = true });
        await PostAsync(Note("ntf_inbox"));
        await PostAsync(Note("ntf_double", "main", "webhook:phone") with { State = NotificationState.Suppressed });
        await PostAsync(Note("ntf_other", "other", "webhook:phone"));

        Assert.Equal((3, 1), await Notifications.PushedSinceAsync(AgentId.Main, since, None));
        Assert.Equal((0, 0), await Notifications.PushedSinceAsync(AgentId.Parse("nobody"), since, None));
    }

    [Fact]
    public async Task PostDigestAsync_TellsWhatWasHeldOnce()
    {
        for (var n = 0; n < 3; n++)
        {
            var held = Note($"ntf_{n}", "main", "webhook:phone");
            await PostAsync(held with { State = NotificationState.Held, Reason = Reasons.NagLimit, Deliveries = [held.Deliveries[0] with { State = DeliveryState.Held }] });
        }
        Assert.Empty(await ClaimDeliveriesAsync());
        var waiting = await Notifications.HeldForDigestAsync(AgentId.Main, 2, None);
        Assert.Equal(["ntf_0", "ntf_1"], waiting.Select(note => note.Id));

        await Notifications.PostDigestAsync(Note("ntf_digest", "main", "webhook:phone"), ["ntf_0", "ntf_1"], [Event("notification.posted", "x")], None);
        await Notifications.PostDigestAsync(Note("ntf_digest2", "main", "webhook:phone"), ["ntf_1", "ntf_2"], [Event("notification.posted", "x")], None);

        Assert.Equal(["ntf_2"], (await Notifications.HeldForDigestAsync(AgentId.Main, 10, None)).Select(note => note.Id));
        Assert.Null(await Notifications.GetAsync("ntf_digest2", None));
        Assert.Equal(NotificationState.Posted, (await Notifications.GetAsync("ntf_0", None))!.State);
        Assert.Equal(["ntf_digest-0"], await ClaimedIdsAsync());
        Assert.Single(await EventsAsync());
        Assert.Equal((1, 0), await Notifications.PushedSinceAsync(AgentId.Main, Now.AddDays(-1), None));
    }

    private async Task<List<string>> AllAsync(InboxFilter filter, int limit = 50)
    {
        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = await Notifications.InboxAsync(filter, Now, after, limit, None);
            Assert.True(page.Items.Count <= limit);
            seen.AddRange(page.Items.Select(note => note.Id));
            after = page.Next;
        }
        while (after is not null);
        return seen;
    }
}

public sealed class SqliteInboxTests : InboxTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresInboxTests : InboxTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
