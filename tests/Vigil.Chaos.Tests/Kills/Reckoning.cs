using System.Text.Json.Nodes;
using Vigil.Chaos.Tests.Support;

namespace Vigil.Chaos.Tests.Kills;

/// <summary>What must hold after any number of kills.</summary>
internal static class Reckoning
{
    private static readonly HashSet<string> s_terminal = ["work.done", "work.skipped", "work.error", "work.cancelled"];

    public static async Task HoldsAsync(GatewayApi api, GatewayHome home, Admissions admissions, ChaosModel model, WebhookReceiver receiver, Func<string> log)
    {
        Assert.NotEmpty(admissions.Accepted);
        await Until.IsTrueAsync("the end of all works and deliveries", async () => await QuietAsync(api), log);
        var works = (await api.AllAsync("/api/work")).ToDictionary(Id);
        var inbox = await api.AllAsync("/api/inbox");
        var events = await api.AllAsync("/api/events");

        // Nothing lost, nothing made up: the works are those that were acknowledged.
        Assert.Equal(admissions.Accepted.Values.Order(), works.Keys.Order());
        Assert.All(works.Values, work => Assert.True(work["outcome"]?.GetValue<string>() == "spoke", work.ToJsonString()));
        OneEndEach(works.Keys, events);
        OneNotificationEach(admissions, inbox, events);
        Received(inbox, receiver);
        await NothingAskedTwiceAsync(api, admissions, model);
        ToolsStartedOnce(home);
        await ConversationsAreLegalAsync(api, admissions);
    }

    private static async Task<bool> QuietAsync(GatewayApi api)
    {
        var open = await api.GetAsync("/api/work?state=waiting,running&limit=1");
        return open["items"]!.AsArray().Count == 0
            && (await api.AllAsync("/api/inbox")).All(one => one["deliveries"]!.AsArray().All(delivery => Text(delivery!, "state") == "delivered"));
    }

    private static void OneEndEach(IEnumerable<string> works, IReadOnlyList<JsonNode> events)
    {
        var ends = events.Where(one => s_terminal.Contains(Text(one, "type"))).ToLookup(one => Text(one, "work"));
        var requests = events.Where(one => Text(one, "type") == "work.requested").ToLookup(one => Text(one, "work"));
        Assert.All(works, work =>
        {
            Assert.Single(ends[work]);
            Assert.Single(requests[work]);
        });
    }

    private static void OneNotificationEach(Admissions admissions, IReadOnlyList<JsonNode> inbox, IReadOnlyList<JsonNode> events)
    {
        Assert.Equal(
            admissions.Accepted.Select(one => (one.Value, ChaosModel.News(ChaosModel.Prompt(one.Key)))).Order(),
            inbox.Select(one => (Text(one, "work"), Text(one, "text"))).Order());
        Assert.Equal(inbox.Count, events.Count(one => Text(one, "type") == "notification.posted"));
        Assert.Equal(inbox.Count, events.Count(one => Text(one, "type") == "notification.delivered"));
    }

    private static void Received(IReadOnlyList<JsonNode> inbox, WebhookReceiver receiver)
    {
        var received = receiver.Received;
        var deliveries = inbox.SelectMany(one => one["deliveries"]!.AsArray()).Select(delivery => Id(delivery!)).ToHashSet();
        Assert.Equal(deliveries.Order(), received.Select(one => one.Key).Order());
        Assert.All(received, one => Assert.Single(one.Distinct()));
    }

    // Asked again before its journal entry: the reply was never had. After it: paid twice.
    private static async Task NothingAskedTwiceAsync(GatewayApi api, Admissions admissions, ChaosModel model)
    {
        var asked = model.Asked.ToLookup(one => one.Work);
        foreach (var (number, id) in admissions.Accepted)
        {
            var attempts = (await api.GetAsync($"/api/work/{id}"))["attempts"]!.AsArray();
            var replies = attempts.SelectMany(attempt => attempt!["steps"]!.AsArray()).Where(step => Text(step!, "kind") == "reply").Select(step => step!["at"]!.GetValue<DateTimeOffset>()).ToList();
            var mine = asked[ChaosModel.Prompt(number)].ToList();
            Assert.Equal(Enumerable.Range(1, replies.Count), mine.Select(one => one.Step).Distinct().Order());
            Assert.All(mine, one => Assert.Null(one.Illegal));
            // The store keeps whole milliseconds.
            Assert.All(mine, one => Assert.True(one.At < replies[one.Step - 1].AddMilliseconds(1), $"{id} asked for step {one.Step} at {one.At:O}, which stood in its journal since {replies[one.Step - 1]:O}."));
        }
    }

    private static void ToolsStartedOnce(GatewayHome home)
    {
        var started = home.ToolLog;
        Assert.NotEmpty(started);
        Assert.Equal(started.Count, started.Distinct().Count());
    }

    private static async Task ConversationsAreLegalAsync(GatewayApi api, Admissions admissions)
    {
        foreach (var session in await api.AllAsync("/api/sessions"))
        {
            var messages = await api.AllAsync($"/api/sessions/{Text(session, "key")}/messages");
            var open = 0;
            foreach (var message in messages)
            {
                var role = Text(message, "role");
                Assert.True(role == "tool" ? open-- > 0 : open == 0, $"{Text(session, "key")} is broken at {message.ToJsonString()}");
                if (role == "assistant")
                    open = message["tools"]!.AsArray().Count;
            }
            Assert.Equal(0, open);
            Assert.All(messages.Where(message => Text(message, "kind") == "turn" && Text(message, "role") == "user").GroupBy(message => Text(message, "text")), turn => Assert.Single(turn));
        }
        Assert.Contains(admissions.Accepted.Keys, number => number % 7 == 0);
    }

    private static string Id(JsonNode node) => Text(node, "id");

    private static string Text(JsonNode node, string name) => node[name]?.ToString() ?? "";
}
