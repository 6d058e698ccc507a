using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Gateway.Tests.Agents;
using Vigil.Gateway.Tests.Support;
using Vigil.Sessions;
using Vigil.Testing.Models;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Chats;

/// <summary>Conversations that a person comes back to late, where the agent's settings let them begin anew. The clock starts at 09:00 UTC.</summary>
public sealed class FreshStartTests
{
    private const string AfterIdle = """ "sessions": { "resetAfterIdle": "12h" } """;
    private static readonly (string, string) Session = ("X-Vigil-Session-Id", "s");

    [Fact]
    public async Task AfterIdle_TheNextMessageFindsAnEmptyContext_AndEverythingStaysReadable()
    {
        await using var host = await ApiHost.StartAsync(settings: AfterIdle);
        using var admin = await host.AdminAsync();
        await SayAsync(admin, "first");
        host.Clock.Advance(TimeSpan.FromHours(11));
        Assert.DoesNotContain("event: anew", await SayAsync(admin, "second"), StringComparison.Ordinal);
        Assert.Equal(["user", "assistant", "user"], Roles(host));
        host.Clock.Advance(TimeSpan.FromHours(13));

        Assert.Contains("event: anew", await SayAsync(admin, "third"), StringComparison.Ordinal);

        Assert.Equal(["user"], Roles(host));
        Assert.DoesNotContain("first", host.Models.Requests[^1].Body, StringComparison.Ordinal);
        var kept = (await admin.ReadAsync("/api/sessions/agent:main:main/messages")).GetProperty("items").Texts("text");
        Assert.Equal(7, kept.Length);
        Assert.Equal(("first", "third"), (kept[0], kept[5]));
        Assert.Contains("sessions.resetAfterIdle", kept[4], StringComparison.Ordinal);
        var told = Assert.Single(await ResetsAsync(host));
        Assert.Equal(("main", "idle", "agent:main:main"), (told.Agent, told.Payload.Text("reason"), told.Payload.Text("session")));
        Assert.DoesNotContain("event: anew", await SayAsync(admin, "fourth"), StringComparison.Ordinal);
        Assert.Equal(["user", "assistant", "user"], Roles(host));
    }

    [Fact]
    public async Task Daily_TheFirstMessageAfterThatTimeInTheAgentsZoneBeginsAnew()
    {
        await using var host = await ApiHost.StartAsync(settings: """ "sessions": { "resetDaily": "04:00" } """);
        host.Agent("other", """{ "timezone": "Asia/Tokyo" }""");
        using var admin = await host.AdminAsync();
        await SayAsync(admin, "late", "main");
        await SayAsync(admin, "late", "other");
        host.Clock.Advance(TimeSpan.FromHours(12));

        // 21:00 in UTC, and 06:00 of the next day in Tokyo.
        await SayAsync(admin, "still", "main");
        Assert.Equal(["user", "assistant", "user"], Roles(host));
        await SayAsync(admin, "morning", "other");
        Assert.Equal(["user"], Roles(host));
        Assert.Equal("daily", Assert.Single(await ResetsAsync(host)).Payload.Text("reason"));
    }

    [Fact]
    public async Task ASessionOfTheApi_BeginsAnewToo_AlsoForAClientThatSendsItsHistory()
    {
        await using var host = await ApiHost.StartAsync(settings: AfterIdle);
        await host.ChatAsync("first", Session);
        host.Clock.Advance(TimeSpan.FromHours(13));
        var body = ApiHost.Say("first");
        body["messages"]!.AsArray().Add(JsonNode.Parse("""{ "role": "assistant", "content": "ok" }"""));
        body["messages"]!.AsArray().Add(JsonNode.Parse("""{ "role": "user", "content": "second" }"""));

        await host.ChatAsync(body, Session);

        Assert.Equal(["user"], Roles(host));
        Assert.Equal("agent:main:api:s", Assert.Single(await ResetsAsync(host)).Payload.Text("session"));
    }

    [Fact]
    public async Task TheResultOfACallersTool_GoesOnWithItsTurnHoweverLateItComes()
    {
        await using var host = await ApiHost.StartAsync(settings: AfterIdle);
        host.Models.Enqueue(FakeModelReply.Call("approve", "{}", "c1"), FakeModelReply.Say("Done."));
        var asked = ApiHost.Say("buy it");
        asked["tools"] = JsonNode.Parse("""[{ "type": "function", "function": { "name": "approve", "parameters": { "type": "object" } } }]""");
        await host.ChatAsync(asked, Session);
        host.Clock.Advance(TimeSpan.FromDays(2));
        var result = new JsonObject { ["messages"] = JsonNode.Parse("""[{ "role": "tool", "tool_call_id": "c1", "content": "yes" }]"""), ["tools"] = asked["tools"]!.DeepClone() };

        Assert.Equal(HttpStatusCode.OK, (await host.ChatAsync(result, Session)).StatusCode);

        Assert.Equal(["user", "assistant", "tool"], Roles(host));
        Assert.Empty(await ResetsAsync(host));
    }

    [Fact]
    public async Task MessagesAtOneMoment_BeginAnewOnce_AndTheSecondSeesTheFirst()
    {
        await using var host = await ApiHost.StartAsync(settings: AfterIdle);
        await host.ChatAsync("old", Session);
        host.Clock.Advance(TimeSpan.FromHours(13));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(n => host.ChatAsync($"at once {n}", Session)));

        Assert.Single(await ResetsAsync(host));
        Assert.Equal([1, 3, 5, 7], host.Models.Requests.Skip(1).Select(request => request.Messages.Count(message => message.Text("role") != "system")));
    }

    [Fact]
    public async Task WhatTheAgentSaidOfItsOwnAccord_IsStillThereForTheAnswer()
    {
        await using var host = await ApiHost.StartAsync(settings: AfterIdle);
        using var admin = await host.AdminAsync();
        await SayAsync(admin, "old");
        await host.Services.GetRequiredService<ISessionStore>().AppendAsync(SessionKey.Main(AgentId.Main),
            [new NewSessionMessage(host.Clock.GetUtcNow(), new ChatMessage(ChatRole.Assistant, "Your flight is late."), MessageKind.Notice, null, "wrk_1")], default);
        host.Clock.Advance(TimeSpan.FromHours(13));

        await SayAsync(admin, "how late?");

        Assert.Contains("Your flight is late.", host.Models.Requests[^1].Body, StringComparison.Ordinal);
        Assert.DoesNotContain("old", host.Models.Requests[^1].Messages[1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWorkInAnOldConversation_ReadsItAsItIs()
    {
        await using var host = await ApiHost.StartAsync(settings: AfterIdle);
        using var admin = await host.AdminAsync();
        await SayAsync(admin, "old");
        host.Clock.Advance(TimeSpan.FromDays(2));

        var asked = await admin.SendAsync("/api/work", new { agent = "main", prompt = "Sum up.", session = "agent:main:main", context = "main" }, HttpStatusCode.Accepted);
        Assert.Equal(Outcome.Answered, (await host.EndedAsync(asked.Text("id"))).Outcome);

        Assert.Equal(["user", "assistant", "user"], Roles(host));
        Assert.Empty(await ResetsAsync(host));
    }

    [Fact]
    public async Task A8_AChangedPolicy_CountsFromTheNextMessageOn()
    {
        await using var host = await ApiHost.StartAsync();
        await host.ChatAsync("one", Session);
        host.Clock.Advance(TimeSpan.FromDays(9));
        await host.ChatAsync("two", Session);
        Assert.Empty(await ResetsAsync(host));
        host.Agent("main", """{ "sessions": { "resetAfterIdle": "1h" } }""");
        host.Clock.Advance(TimeSpan.FromHours(2));

        await host.ChatAsync("three", Session);

        Assert.Equal(["user"], Roles(host));
        Assert.Single(await ResetsAsync(host));
    }

    [Fact]
    public async Task ATurnThatDiedWithItsProcess_CountsAsWordsOfItsOwnTime()
    {
        await using var host = await ApiHost.StartAsync(settings: AfterIdle);
        await host.BeginDeadTurnAsync("old");
        host.Clock.Advance(TimeSpan.FromHours(13));
        Assert.Equal(1, await host.Services.GetRequiredService<ChatTurns>().EndAbandonedAsync(["test-node-1"], default));

        await host.ChatAsync("new", Session);

        Assert.Equal(["user"], Roles(host));
        Assert.Single(await ResetsAsync(host));
    }

    private static async Task<string> SayAsync(HttpClient client, string message, string agent = "main")
    {
        using var answer = await client.PostAsJsonAsync("/api/chat", new { agent, message });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(text.Contains("event: done", StringComparison.Ordinal), text);
        return text;
    }

    private static IEnumerable<string?> Roles(ApiHost host) => host.Models.Requests[^1].Messages.Select(message => message.Text("role")).Where(role => role != "system");

    private static async Task<IReadOnlyList<VigilEvent>> ResetsAsync(ApiHost host)
        => [.. await host.Services.GetRequiredService<IEventLog>().ReadAsync(0, 1000, new EventFilter(TypePrefix: EventTypes.SessionReset), default)];
}
