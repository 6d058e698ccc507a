using Npgsql;
using Vigil.Chaos.Tests.Support;
using Vigil.Testing.Models;
using Vigil.Tests.Shared;

namespace Vigil.Chaos.Tests.Kills;

/// <summary>Processes that stand still for longer than what they hold is theirs, as a laptop that sleeps or a machine that is paused, and then go on as if nothing had been.</summary>
public sealed class FreezeTests
{
    // The homes of these tests give a work three seconds.
    private static readonly TimeSpan s_longerThanTheLease = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneGatewayOnSqliteFrozenPastItsOwnLease_TheWorkEndsOnceAndIsToldOnce(bool replyWaitsAtTheDoor)
    {
        var reply = new TaskCompletionSource();
        await using var server = await FakeModelServer.StartAsync(request => FakeModelReply.Stall(reply.Task, "The door is open."));
        await using var receiver = await WebhookReceiver.StartAsync();
        using var home = new GatewayHome(server, receiver);
        await using var gateway = await GatewayProcess.StartAsync(home);
        var api = new GatewayApi(home, () => gateway.Address);
        var work = await api.AdmitAsync("look at the door", notify: "always");
        await server.NextAsync();

        await gateway.FreezeAsync();
        if (replyWaitsAtTheDoor)
            reply.SetResult();
        await Task.Delay(s_longerThanTheLease, TimeProvider.System);
        await gateway.ThawAsync();
        if (!replyWaitsAtTheDoor)
        {
            // Past the next look for works that nobody holds: by then it is decided whose the work is.
            await Task.Delay(s_longerThanTheLease, TimeProvider.System);
            reply.SetResult();
        }

        var shown = await api.FinishedAsync(work);
        Assert.Equal("spoke", shown["outcome"]!.GetValue<string>());
        await Until.IsTrueAsync("the delivery", async () => (await api.AllAsync("/api/events")).Any(one => one["type"]!.GetValue<string>() == "notification.delivered"), () => gateway.Output);
        // Whatever the frozen attempt still had to say, it has said by the end of an orderly stop.
        Assert.Equal(0, await gateway.StopAsync());
        await using var again = await GatewayProcess.StartAsync(home);
        var after = new GatewayApi(home, () => again.Address);
        Assert.Equal(["The door is open."], (await after.AllAsync("/api/inbox")).Select(one => one["text"]!.GetValue<string>()));
        var events = (await after.AllAsync("/api/events")).Select(one => one["type"]!.GetValue<string>()).ToList();
        Assert.Single(events, type => type is "work.done" or "work.error" or "work.skipped" or "work.cancelled");
        Assert.Single(events, type => type == "notification.posted");
        Assert.Single(events, type => type == "notification.delivered");
        Assert.Single(Assert.Single(receiver.Received));
    }

    [Fact]
    public async Task OneOfTwoNodesFrozenInTheMiddleOfADelivery_TheOtherBringsItAndTheLateAnswerChangesNothing()
    {
        var postgres = await PostgresServer.GetAsync();
        var schema = PostgresServer.NewSchema();
        try
        {
            await using var server = await FakeModelServer.StartAsync(_ => FakeModelReply.Say("The door is open."));
            await using var receiver = await WebhookReceiver.StartAsync();
            using var home = new GatewayHome(server, receiver, postgres.Connection, schema);
            await using var frozen = await GatewayProcess.StartAsync(home);
            var slow = new TaskCompletionSource();
            receiver.HoldNext(slow.Task);
            var work = await new GatewayApi(home, () => frozen.Address).AdmitAsync("look at the door", notify: "always");
            await Until.IsTrueAsync("the first post", () => Task.FromResult(receiver.Received.Count == 1), () => frozen.Output);

            await frozen.FreezeAsync();
            await using var other = await GatewayProcess.StartAsync(home);
            var api = new GatewayApi(home, () => other.Address);
            await LeasePassedAsync(postgres, schema);
            await Until.IsTrueAsync("the second post", () => Task.FromResult(receiver.Received.Sum(one => one.Count()) == 2), () => other.Output);
            await Until.IsTrueAsync("the receipt", async () => (await api.AllAsync("/api/inbox")).All(one => State(one) == "delivered"), () => other.Output);
            slow.SetResult();
            await frozen.ThawAsync();
            await frozen.SaysAsync("belongs to another node now");

            // The same notification under the same key: a receiver that knows the key tells it once.
            Assert.Single(Assert.Single(receiver.Received).Distinct());
            var told = Assert.Single(await api.AllAsync("/api/inbox"));
            Assert.Equal((work, "delivered"), (told["work"]!.GetValue<string>(), State(told)));
            var events = (await api.AllAsync("/api/events")).Select(one => one["type"]!.GetValue<string>()).ToList();
            Assert.Single(events, type => type == "notification.posted");
            Assert.Single(events, type => type == "notification.delivered");
            Assert.Single(events, type => type == "work.done");
        }
        finally
        {
            await postgres.DropAsync(schema);
        }
    }

    private static string State(System.Text.Json.Nodes.JsonNode notification) => Assert.Single(notification["deliveries"]!.AsArray())!["state"]!.GetValue<string>();

    // A delivery is somebody's for a minute, by the clock of the database; the minute is taken out of the row instead of waited for.
    private static async Task LeasePassedAsync(PostgresServer postgres, string schema)
    {
        await using var source = NpgsqlDataSource.Create(postgres.Connection);
        await using var command = source.CreateCommand($"UPDATE \"{schema}\".delivery SET lease_until = 1 WHERE state = 'sending'");
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
