using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Gateway.Tests.Support;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Works;

public sealed class DeliveryTests
{
    private static readonly object s_gated = new { agent = "main", prompt = "Look.", notify = "gated", deliver = "owner", session = "agent:main:main" };

    [Fact]
    public async Task W63_AChannelThatFailsForAWhile_GetsItUnderOneDeliveryIdWithoutTheModel()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        channel.Answer = _ => new SendResult.Failed("down");
        host.Says("News.");
        await host.RunAsync(s_gated);
        await channel.NextAsync();

        channel.Answer = _ => new SendResult.Delivered("r");
        var second = channel.NextAsync();
        while (!second.IsCompleted)
        {
            // The first answer may not be written yet: the wait begins when it is.
            host.Advance(TimeSpan.FromMinutes(1));
            host.Get<DeliverySignal>().Set();
            await Task.WhenAny(second, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
        }
        await second;
        await host.UntilAsync(() => host.EventsAsync("notification.delivered"), events => events.Count == 1);

        Assert.Single(channel.Sent.Select(one => one.Delivery.Id).Distinct());
        Assert.Equal(2, host.Model.Client.Requests.Count);
        Assert.Single(await host.WorksAsync());
    }

    [Fact]
    public async Task W63_AChannelThatIsAwayForAnHour_IsToldOfAndStillGetsIt()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        channel.Answer = _ => new SendResult.Failed("down", TimeSpan.FromDays(9));
        host.Says("News.");
        await host.RunAsync(s_gated);
        await UntilAsync(() => channel.Sent.Count >= 10);
        var alert = Assert.Single(await host.InboxAsync(), one => one.Source == "gateway");
        Assert.Contains("fake:phone", alert.Text, StringComparison.Ordinal);
        Assert.Empty(await host.EventsAsync("notification.undeliverable"));

        channel.Answer = _ => new SendResult.Delivered("r");
        var sent = channel.Sent.Count;
        await UntilAsync(() => channel.Sent.Count > sent);
        await host.UntilAsync(() => host.EventsAsync("notification.delivered"), events => events.Count == 1);

        async Task UntilAsync(Func<bool> reached)
        {
            while (!reached())
            {
                // However long the receiver asks for, it is asked again within the hour.
                host.Advance(TimeSpan.FromHours(1));
                host.Get<DeliverySignal>().Set();
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }

    [Fact]
    public async Task W64_AChannelThatRefusesForGood_IsSaidToBeUndeliveredAndTheInboxHasIt()
    {
        FakeChannel broken = null!;
        FakeChannel sound = null!;
        await using var host = await EngineHost.StartAsync(before: host =>
        {
            broken = host.AddChannel();
            sound = host.AddChannel("sound");
            host.Notify(notify => notify with
            {
                Channels = new Dictionary<string, IReadOnlyDictionary<string, System.Text.Json.Nodes.JsonObject>>
                {
                    ["fake"] = new Dictionary<string, System.Text.Json.Nodes.JsonObject> { ["phone"] = [] },
                    ["sound"] = new Dictionary<string, System.Text.Json.Nodes.JsonObject> { ["phone"] = [] },
                },
            });
        });
        broken.Answer = _ => new SendResult.Refused("no such phone");
        host.Says("News.");
        var work = await host.RunAsync(s_gated);
        await host.UntilAsync(() => host.EventsAsync("notification."), events => events.Any(one => one.Type == "notification.undeliverable") && events.Any(one => one.Type == "notification.delivered"));

        await host.UntilAsync(host.InboxAsync, inbox => inbox.Any(one => one.Source == "gateway" && one.Text.Contains("fake:phone", StringComparison.Ordinal)));
        var shown = (await host.Http.GetFromJsonAsync<JsonElement>("/api/inbox")).GetProperty("items").EnumerateArray().Single(one => one.GetProperty("text").GetString() == "News.");
        Assert.Equal(JsonValueKind.Null, shown.GetProperty("readAt").ValueKind);
        Assert.Equal(["delivered", "undeliverable"], shown.GetProperty("deliveries").EnumerateArray().Select(one => one.GetProperty("state").GetString()!).Order());
        Assert.Equal(Outcome.Spoke, work.Outcome);
        Assert.Contains("no such phone", await host.WhyAsync(work.Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task W65_OnlyTheReceipt_MakesItDelivered()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        host.Says("News.");
        await host.RunAsync(s_gated);

        var delivered = Assert.Single(await host.UntilAsync(() => host.EventsAsync("notification.delivered"), events => events.Count == 1));

        Assert.Equal("fake:phone", delivered.Payload.GetProperty("target").GetString());
    }

    [Fact]
    public async Task W68_ADeliveredNotification_IsTheAgentsOwnWordInTheConversationOnce()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        host.Says("Rain at five.");
        await host.RunAsync(s_gated);
        await host.UntilAsync(() => host.EventsAsync("notification.delivered"), events => events.Count == 1);

        host.Model.Client.Enqueue("Take an umbrella.");
        using var answer = await host.Http.PostAsJsonAsync("/api/chat", new { session = "main", message = "And now?" });
        await answer.Content.ReadAsStringAsync();

        var said = host.Model.Client.Requests[^1].Messages.Where(message => message.Text.Contains("Rain at five.", StringComparison.Ordinal));
        Assert.Equal(ChatRole.Assistant, Assert.Single(said).Role);
    }

    [Fact]
    public async Task W69_ReadDoneAndSnoozed_AreTheSameForAllWhoLook()
    {
        var first = await EngineHost.StartAsync();
        foreach (var text in new[] { "One.", "Two.", "Three." })
        {
            first.Says(text);
            await first.RunAsync(new { agent = "main", prompt = "Look.", notify = "gated" });
        }
        var ids = (await first.InboxAsync()).ToDictionary(one => one.Text, one => one.Id);
        await PostAsync(first, ids["One."], "read");
        await PostAsync(first, ids["Two."], "done");
        await PostAsync(first, ids["Three."], "snooze", new { until = first.Clock.GetUtcNow() + TimeSpan.FromHours(1) });
        Assert.Empty(await UnreadAsync(first));

        await using var host = await first.RestartAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(await UnreadAsync(host));
        host.Advance(TimeSpan.FromHours(1));

        Assert.Equal(["Three."], await UnreadAsync(host));
    }

    [Fact]
    public async Task A70_ADelivery_HasItsOwnAgentsCredentialOrNoneAlsoAfterARestart()
    {
        FakeChannel channel = null!;
        var first = await EngineHost.StartAsync(before: host => channel = BotChannel(host));
        Secret(first, "other", "key-of-other");
        // The channel is down: what is waiting goes out in the next life.
        channel.Answer = _ => new SendResult.Failed("down");
        first.Says("From other.");
        await first.RunAsync(new { agent = "other", prompt = "Look.", notify = "gated", deliver = "owner" });
        Assert.Equal("key-of-other", (await channel.NextAsync()).Secret("secret"));
        first.Says("From main.");
        await first.RunAsync(new { agent = "main", prompt = "Look.", notify = "gated", deliver = "owner" });
        var main = await channel.NextAsync();
        Assert.Equal(("From main.", null), (main.Notification.Text, main.Secret("secret")));

        FakeChannel again = null!;
        await using var host = await first.RestartAsync(TimeSpan.FromHours(1), before: host => again = BotChannel(host));
        var late = new[] { await again.NextAsync(), await again.NextAsync() }.ToDictionary(sent => sent.Notification.Agent.Value, sent => sent.Secret("secret"));

        Assert.Equal(("key-of-other", null), (late["other"], late["main"]));
    }

    private static FakeChannel BotChannel(EngineHost host)
    {
        var channel = host.AddChannel();
        host.Notify(notify => notify with
        {
            Owner = ["fake:phone"],
            Channels = new Dictionary<string, IReadOnlyDictionary<string, System.Text.Json.Nodes.JsonObject>>
            {
                ["fake"] = new Dictionary<string, System.Text.Json.Nodes.JsonObject> { ["phone"] = new() { ["secret"] = "file:bot.key" } },
            },
        });
        host.More += services => services.AddSingleton<ISecrets>(new Secrets(new SettingsInputs(host.Home), new Redaction()));
        return channel;
    }

    private static void Secret(EngineHost host, string agent, string value)
    {
        var directory = host.Home.AgentSecrets(AgentId.Parse(agent));
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, "bot.key");
        File.WriteAllText(file, value);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static async Task PostAsync(EngineHost host, string id, string what, object? body = null)
    {
        using var answer = await host.Http.PostAsJsonAsync($"/api/inbox/{id}/{what}", body ?? new { });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<IReadOnlyList<string>> UnreadAsync(EngineHost host)
        => [.. (await host.Http.GetFromJsonAsync<JsonElement>("/api/inbox?unread=true")).GetProperty("items").EnumerateArray().Select(one => one.GetProperty("text").GetString()!)];
}
