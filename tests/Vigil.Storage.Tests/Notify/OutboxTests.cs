using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Notify;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Events;
using Vigil.Storage.Notify;

namespace Vigil.Storage.Tests.Notify;

public abstract class OutboxTests : NotifySuite
{
    [Fact]
    public async Task ClaimDeliveriesAsync_DueOne_IsSentUnderANewAttempt()
    {
        await PostAsync(Note("ntf_1", "main", "webhook:phone"));

        var (delivery, note) = Assert.Single(await ClaimDeliveriesAsync());

        Assert.Equal(("ntf_1-0", DeliveryState.Sending, 1), (delivery.Id, delivery.State, delivery.Attempts));
        Assert.Equal("text of ntf_1", note.Text);
        Assert.Empty(await ClaimDeliveriesAsync());
        Assert.Null(await Notifications.NextDeliveryAsync(None));
    }

    [Fact]
    public async Task ClaimDeliveriesAsync_OneTarget_GivesOneAtATimeOldestFirst()
    {
        for (var n = 0; n < 3; n++)
            await PostAsync(Note($"ntf_{n}", "main", "webhook:phone"));

        for (var n = 0; n < 3; n++)
        {
            Assert.Equal([$"ntf_{n}-0"], await ClaimedIdsAsync());
            Assert.True(await Notifications.FinishDeliveryAsync($"ntf_{n}-0", Node, 1, Result(DeliveryState.Delivered), None));
        }
    }

    [Fact]
    public async Task W67_BusyOrDeadTarget_DoesNotDelayOthers()
    {
        for (var n = 0; n < 50; n++)
            await PostAsync(Note($"ntf_{n:00}", "main", "webhook:dead"));
        await PostAsync(Note("ntf_x", "main", "ntfy:alive", "command:alive"));

        Assert.Equal(["ntf_x-0", "ntf_x-1"], (await ClaimedIdsAsync(10, "webhook:dead")).Order());
        Assert.Equal(["ntf_00-0"], await ClaimedIdsAsync());
    }

    [Fact]
    public async Task ClaimDeliveriesAsync_Limit_TakesTheOldestTargets()
    {
        for (var n = 5; n > 0; n--)
            await PostAsync(Note($"ntf_{n}", "main", $"webhook:{n}"));

        Assert.Equal(["ntf_5-0", "ntf_4-0"], await ClaimedIdsAsync(limit: 2));
        Assert.Empty(await ClaimedIdsAsync(limit: 0));
    }

    [Fact]
    public async Task W59_HeldOnes_GoOutAtTheirInstantOldestFirst()
    {
        var until = Now.AddHours(8);
        foreach (var n in new[] { 1, 2 })
        {
            var held = Note($"ntf_{n}", "main", "webhook:phone");
            await PostAsync(held with { State = NotificationState.Held, Reason = Reasons.QuietNow, HeldUntil = until, Deliveries = [held.Deliveries[0] with { State = DeliveryState.Held, NextAt = until }] });
        }
        Assert.Empty(await ClaimDeliveriesAsync());
        Assert.Equal(until, await Notifications.NextDeliveryAsync(None));

        Clock.Now = until;

        Assert.Equal(["ntf_1"], (await Notifications.ReleaseHeldAsync(Now, 1, _ => null, None)).Select(note => note.Id));
        Assert.Equal(NotificationState.Posted, (await Notifications.GetAsync("ntf_1", None))!.State);
        Assert.Equal(NotificationState.Held, (await Notifications.GetAsync("ntf_2", None))!.State);
        Assert.Equal(["notification.posted"], await EventsAsync());
        Assert.Equal(["ntf_1-0"], await ClaimedIdsAsync());
        await Notifications.FinishDeliveryAsync("ntf_1-0", Node, 1, Result(DeliveryState.Delivered), None);
        Assert.Equal(["ntf_2-0"], await ClaimedIdsAsync());
    }

    [Fact]
    public async Task W65_Receipt_ConfirmsWhatWasSaidAndTellsTheConversation()
    {
        var claim = await RunningAsync("wrk_1");
        await Works.CommitAsync(claim, Ended() with { Notifications = [Note("ntf_1", "main", "webhook:phone")], Reservations = [Reserve("ntf_1")] }, None);
        Assert.False(Assert.Single(await SaidAsync()).Confirmed);
        Clock.Now += TimeSpan.FromMinutes(1);
        await ClaimDeliveriesAsync();
        var chat = SessionKey.Main(AgentId.Main);

        Assert.True(await Notifications.FinishDeliveryAsync("ntf_1-0", Node, 1, new DeliveryResult(DeliveryState.Delivered, Now, "receipt", null, null)
        {
            ConfirmSaid = true,
            Append = (chat, [new NewSessionMessage(Now, new ChatMessage(ChatRole.Assistant, "text"), MessageKind.Notice)]),
            Events = [Event(EventTypes.NotificationDelivered, "wrk_1")],
        }, None));

        var said = Assert.Single(await SaidAsync());
        Assert.Equal((true, Now), (said.Confirmed, said.At));
        var delivery = await DeliveryAsync("ntf_1");
        Assert.Equal((DeliveryState.Delivered, "receipt", Now, (DateTimeOffset?)null), (delivery.State, delivery.Receipt, delivery.At, delivery.NextAt));
        Assert.Single((await Sessions.TailAsync(chat, 1000, None)).Messages);
        Assert.Equal("notification.delivered", (await EventsAsync())[^1]);
    }

    [Fact]
    public async Task W55_Undeliverable_ReleasesWhatWasReservedForThatTarget()
    {
        var claim = await RunningAsync("wrk_1");
        await Works.CommitAsync(claim, Ended() with
        {
            Notifications = [Note("ntf_1", "main", "webhook:phone", "ntfy:x")],
            Reservations = [Reserve("ntf_1"), Reserve("ntf_1", target: "ntfy:x")],
        }, None);
        await ClaimDeliveriesAsync();

        await Notifications.FinishDeliveryAsync("ntf_1-0", Node, 1, Result(DeliveryState.Undeliverable, "404") with { ReleaseSaid = true }, None);

        Assert.Equal("ntfy:x", Assert.Single(await SaidAsync()).Target);
        Assert.Equal((DeliveryState.Undeliverable, "404"), ((await DeliveryAsync("ntf_1")).State, (await DeliveryAsync("ntf_1")).Error));
        Assert.Equal(Vigil.Work.CommitResult.Written, await Works.CommitAsync(await RunningAsync("wrk_2"), Ended() with { Notifications = [Note("ntf_2")], Reservations = [Reserve("ntf_2")] }, None));
    }

    [Fact]
    public async Task W55_StillHeldOne_CountsAsSaidHoweverLongAgoItWas()
    {
        var note = Note("ntf_1", "main", "webhook:phone");
        var held = note with { State = NotificationState.Held, Reason = Reasons.QuietNow, Deliveries = [note.Deliveries[0] with { State = DeliveryState.Held, NextAt = Now.AddDays(3) }] };
        await Works.CommitAsync(await RunningAsync("wrk_1"), Ended() with { Notifications = [held], Reservations = [Reserve("ntf_1")] }, None);

        Clock.Now += TimeSpan.FromDays(3);
        Assert.Equal("ntf_1", Assert.Single(await SaidAsync()).NotificationId);
        await ClaimDeliveriesAsync();
        await Notifications.FinishDeliveryAsync("ntf_1-0", Node, 1, Result(DeliveryState.Delivered) with { ConfirmSaid = true }, None);
        Assert.Equal(Now, Assert.Single(await SaidAsync()).At);

        Clock.Now += TimeSpan.FromDays(3);
        Assert.Empty(await SaidAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task W55_W60_WhatADigestTells_IsSaidByItsReceiptAndReleasedByItsFailing(bool delivered)
    {
        var note = Note("ntf_1", "main", "webhook:phone");
        var held = note with { State = NotificationState.Held, Reason = Reasons.NagLimit, Deliveries = [note.Deliveries[0] with { State = DeliveryState.Held }] };
        await Works.CommitAsync(await RunningAsync("wrk_1"), Ended() with { Notifications = [held], Reservations = [Reserve("ntf_1")] }, None);
        Clock.Now += TimeSpan.FromHours(20);
        await Notifications.PostDigestAsync(Note("ntf_digest", "main", "webhook:phone"), ["ntf_1"], [], None);
        Assert.Equal("ntf_digest", Assert.Single(await SaidAsync()).NotificationId);

        await ClaimDeliveriesAsync();
        await Notifications.FinishDeliveryAsync("ntf_digest-0", Node, 1,
            delivered ? Result(DeliveryState.Delivered) with { ConfirmSaid = true } : Result(DeliveryState.Undeliverable, "404") with { ReleaseSaid = true }, None);

        Assert.Equal(delivered ? [(true, Now)] : [], (await SaidAsync()).Select(said => (said.Confirmed, said.At)));
    }

    [Fact]
    public async Task W63_FailedOne_IsTriedAgainAtItsTimeUnderTheSameId()
    {
        await PostAsync(Note("ntf_1", "main", "webhook:phone"));
        await ClaimDeliveriesAsync();
        await Notifications.FinishDeliveryAsync("ntf_1-0", Node, 1, Result(DeliveryState.Waiting, "503", Now.AddSeconds(30)), None);
        Assert.Empty(await ClaimDeliveriesAsync());
        Assert.Equal(Now.AddSeconds(30), await Notifications.NextDeliveryAsync(None));

        Clock.Now += TimeSpan.FromSeconds(30);

        Assert.Equal(("ntf_1-0", 2), (await ClaimDeliveriesAsync()).Select(claimed => (claimed.Delivery.Id, claimed.Delivery.Attempts)).Single());
    }

    [Fact]
    public async Task FinishDeliveryAsync_StaleTry_IsRefusedWhole()
    {
        await PostAsync(Note("ntf_1", "main", "webhook:phone"));
        await ClaimDeliveriesAsync();
        await ExpireAsync();
        await Notifications.RecoverDeliveriesAsync(_ => true, Now, None);
        Assert.Equal(2, (await ClaimDeliveriesAsync(node: "node-2"))[0].Delivery.Attempts);

        Assert.False(await Notifications.FinishDeliveryAsync("ntf_1-0", Node, 1, Result(DeliveryState.Delivered) with { Events = [Event("notification.delivered", "w")] }, None));
        Assert.False(await Notifications.FinishDeliveryAsync("ntf_1-0", "node-2", 1, Result(DeliveryState.Delivered), None));
        Assert.Empty(await EventsAsync());
        Assert.True(await Notifications.FinishDeliveryAsync("ntf_1-0", "node-2", 2, Result(DeliveryState.Delivered), None));
        Assert.False(await Notifications.FinishDeliveryAsync("ntf_1-0", "node-2", 2, Result(DeliveryState.Undeliverable), None));
    }

    [Fact]
    public async Task W66_TriesOfADeadNode_AreRepeatedOnlyWhereTheChannelRecognisesThem()
    {
        await PostAsync(Note("ntf_1", "main", "webhook:phone", "command:say") with { WorkId = "wrk_1" });
        await PostAsync(Note("ntf_2", "main", "ntfy:x"));
        await ClaimDeliveriesAsync(limit: 2);
        await ExpireAsync();
        await ClaimDeliveriesAsync(node: "node-2"); // a living one

        Assert.Equal(2, await Notifications.RecoverDeliveriesAsync(target => target.StartsWith("webhook", StringComparison.Ordinal), Now, None));

        Assert.Equal(DeliveryState.Waiting, (await DeliveryAsync("ntf_1")).State);
        Assert.Equal(DeliveryState.Unknown, (await DeliveryAsync("ntf_1", 1)).State);
        Assert.Equal(DeliveryState.Sending, (await DeliveryAsync("ntf_2")).State);
        var unknown = Assert.Single(await new EventLog(Database).ReadAsync(0, 10, null, None));
        Assert.Equal(("notification.unknown", "wrk_1", "command:say"), (unknown.Type, unknown.Work, unknown.Payload.GetProperty("target").GetString()));
        Assert.Equal(["ntf_1-0"], await ClaimedIdsAsync());
        Assert.Equal(0, await Notifications.RecoverDeliveriesAsync(_ => true, Now, None));
    }

    [Fact]
    public async Task W66_TriesUnderOtherNames_AreStrandedAtAStartWhateverTheirLease()
    {
        await PostAsync(Note("ntf_1", "main", "webhook:phone"));
        await PostAsync(Note("ntf_2", "main", "ntfy:x"));
        await ClaimDeliveriesAsync(limit: 1);
        await ClaimDeliveriesAsync(node: "node-2");

        Assert.Equal(1, await Notifications.RecoverDeliveriesOfOthersAsync("node-2", _ => true, Now, None));

        Assert.Equal(DeliveryState.Waiting, (await DeliveryAsync("ntf_1")).State);
        Assert.Equal(DeliveryState.Sending, (await DeliveryAsync("ntf_2")).State);
        Assert.Equal(0, await Notifications.RecoverDeliveriesOfOthersAsync("node-2", _ => true, Now, None));
    }

    [Fact]
    public async Task W70_TwoTargets_EachIsItsOwnDelivery()
    {
        await PostAsync(Note("ntf_1", "main", "webhook:phone", "ntfy:x"));
        await ClaimDeliveriesAsync();
        await Notifications.FinishDeliveryAsync("ntf_1-0", Node, 1, Result(DeliveryState.Delivered), None);
        await ExpireAsync();
        await Notifications.RecoverDeliveriesAsync(_ => true, Now, None);

        Assert.Equal(["ntf_1-1"], await ClaimedIdsAsync());
    }

    [Fact]
    public async Task ManyClaimersAtOnce_EachDeliveryIsTakenOnce()
    {
        for (var n = 0; n < 60; n++)
            await Notifications.PostAsync(Note($"ntf_{n:00}", "main", $"webhook:{n % 7}", $"ntfy:{n % 5}"), [], None);
        var other = Backend.HasNodes ? new NotificationStore(await Backend.OpenAsync(Clock)) : Notifications;

        var taken = (await Task.WhenAll(DrainAsync(Notifications, "node-1"), DrainAsync(other, "node-2"), DrainAsync(other, "node-3"))).SelectMany(ids => ids).ToList();

        Assert.Equal(120, taken.Count);
        Assert.Equal(120, taken.Distinct().Count());
    }

    private Task<List<string>> DrainAsync(NotificationStore store, string node) => Task.Run(async () =>
    {
        var taken = new List<string>();
        while (await store.NextDeliveryAsync(None) is not null)
        {
            foreach (var (delivery, _) in await store.ClaimDeliveriesAsync(node, 8, [], Now, Lease, None))
            {
                taken.Add(delivery.Id);
                Assert.True(await store.FinishDeliveryAsync(delivery.Id, node, delivery.Attempts, Result(DeliveryState.Delivered), None));
            }
        }
        return taken;
    });

    private Task<IReadOnlyList<SaidEntry>> SaidAsync() => Notifications.SaidAsync(AgentId.Main, ["k", "unused"], Now.AddDays(-1), None);

    private Task ExpireAsync() => Database.WriteAsync(db => db.ExecuteAsync("UPDATE delivery SET lease_until = 1 WHERE state = 'sending'"), None);
}

public sealed class SqliteOutboxTests : OutboxTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresOutboxTests : OutboxTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
