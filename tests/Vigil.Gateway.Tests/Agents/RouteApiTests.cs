using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Gateway.Tests.Support;
using Vigil.Notify;
using Vigil.Routing;
using Vigil.Settings;
using Vigil.Testing.Models;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Agents;

public sealed class RouteApiTests
{
    [Fact]
    public async Task A47_ATestNamesAgentAndDecidingRouteAndWhyOthersFailedAndCallsNoModel()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "telegram", chat_id = "7" }, agent = "main" });
        await admin.SendAsync("/api/routes", new { match = new { platform = "telegram" }, agent = "other" });
        var verdict = await admin.SendAsync("/api/routes/test", new { platform = "telegram", chatId = "42" }, HttpStatusCode.OK);
        Assert.Equal(("other", "route 1", "agent:other:telegram:dm:42"), (verdict.Text("agent"), verdict.Text("decision"), verdict.Text("session")));
        Assert.Contains("chat_id is 42, the route wants 7", verdict.GetProperty("routes")[0].Text("whyNot"), StringComparison.Ordinal);
        var fallback = await admin.SendAsync("/api/routes/test", new { platform = "slack", userId = "u" }, HttpStatusCode.OK);
        Assert.Equal(("main", "default"), (fallback.Text("agent"), fallback.Text("decidedBy")));
        Assert.Empty(host.Models.Requests);
    }

    [Fact]
    public async Task A48_APositionAndARemovalHoldForTheNextMessage()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "api", chat_id = "1" }, agent = "main" });
        var added = await admin.SendAsync("/api/routes", new { match = new { platform = "api" }, agent = "other", position = 0 });
        Assert.Contains("never reached", Assert.Single(added.GetProperty("warnings").EnumerateArray()).GetString(), StringComparison.Ordinal);
        var list = (await admin.ReadAsync("/api/routes")).GetProperty("items");
        Assert.Equal(["other", "main"], list.Texts("agent"));
        Assert.Equal(0, list[1].GetProperty("shadowedBy").GetInt32());
        await AnswersAsync(host, "vigil/other");
        await admin.RemoveAsync("/api/routes/0", HttpStatusCode.NoContent);
        await AnswersAsync(host, "vigil/main");
        Assert.Equal("route_not_found", (await admin.RemoveAsync("/api/routes/9", HttpStatusCode.NotFound)).Code());
    }

    [Fact]
    public async Task A42_A43_A44_WhatIsWrongWithARouteIsRefusedWithTheWayOut()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        Assert.Contains("defaultAgent", (await admin.SendAsync("/api/routes", new { match = new { }, agent = "other" }, HttpStatusCode.BadRequest)).Message(), StringComparison.Ordinal);
        Assert.Contains("chat_id", (await admin.SendAsync("/api/routes", new { match = new { chatid = "1" }, agent = "other" }, HttpStatusCode.BadRequest)).Message(), StringComparison.Ordinal);
        Assert.Contains("Did you mean other?", (await admin.SendAsync("/api/routes", new { match = new { chat_id = "1" }, agent = "othr" }, HttpStatusCode.BadRequest)).Message(), StringComparison.Ordinal);
        Assert.Equal("bad_position", (await admin.SendAsync("/api/routes", new { match = new { chat_id = "1" }, agent = "other", position = 3 }, HttpStatusCode.BadRequest)).Code());
        Assert.Equal(0, (await admin.ReadAsync("/api/routes")).GetProperty("items").GetArrayLength());
        await admin.SendAsync("/api/routes", new { match = new { chat_id = "1" }, agent = "other" });
        Assert.Equal("route_unreachable", (await admin.SendAsync("/api/routes", new { match = new { chat_id = "1" }, agent = "main" }, HttpStatusCode.Conflict)).Code());
    }

    [Fact]
    public async Task TheList_IsPagedAndFilteredByAgent()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        foreach (var chat in Enumerable.Range(0, 5))
            await admin.SendAsync("/api/routes", new { match = new { chat_id = $"{chat}" }, agent = chat % 2 == 0 ? "other" : "main" });
        var first = await admin.ReadAsync("/api/routes?limit=2&agent=other");
        Assert.Equal(2, first.GetProperty("items").GetArrayLength());
        var rest = await admin.ReadAsync($"/api/routes?limit=2&agent=other&after={first.Text("next")}");
        Assert.Equal(4, Assert.Single(rest.GetProperty("items").EnumerateArray()).GetProperty("index").GetInt32());
        Assert.Null(rest.GetProperty("next").GetString());
    }

    [Fact]
    public async Task A65_ARouteWhoseAgentWasTakenAwayByHandIsMarkedAndRefuses()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "api" }, agent = "other" });
        Directory.Delete(host.Home.AgentDirectory(AgentId.Parse("other")), recursive: true);
        host.Services.GetRequiredService<SettingsMonitor>().Refresh();
        Assert.True((await admin.ReadAsync("/api/routes")).GetProperty("items")[0].GetProperty("isOrphan").GetBoolean());
        Assert.Equal(["main"], (await admin.ReadAsync("/api/agents")).GetProperty("items").Texts("id"));
        var verdict = await admin.SendAsync("/api/routes/test", new { platform = "api", chatId = "1" }, HttpStatusCode.OK);
        Assert.Contains("which is gone", verdict.Text("problem"), StringComparison.Ordinal);
        using var refused = await host.ChatAsync("Hello", ("X-Vigil-Chat-Id", "1"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Empty(host.Models.Requests);
    }

    [Fact]
    public async Task A56_WhySaysWhoChoseTheAgentOfATurn()
    {
        await using var host = await ApiHost.StartAsync(made => made.Selectors.Add(new Office()));
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "api", chat_id = "1" }, agent = "other" });

        Assert.Equal("Agent other, chosen by route 0 { platform: api, chat_id: 1 }.", await ChosenAsync(host, admin, null, ("X-Vigil-Chat-Id", "1"), ("X-Vigil-Session-Id", "s")));
        Assert.Equal("Agent other, chosen by the session, which belongs to it.", await ChosenAsync(host, admin, null, ("X-Vigil-Session-Id", "s")));
        Assert.Equal("Agent main, chosen by the default.", await ChosenAsync(host, admin, null, ("X-Vigil-Chat-Id", "2")));
        Assert.Equal("Agent other, chosen by the model's name vigil/other.", await ChosenAsync(host, admin, "vigil/other"));
        Assert.Equal("Agent other, chosen by selector office.", await ChosenAsync(host, admin, null, ("X-Vigil-Chat-Id", "office")));
        using var limited = await host.AdminAsync("main");
        Assert.Equal("run_not_found", (await limited.ReadAsync($"/api/why/{await RunAsync(host, "vigil/other")}", HttpStatusCode.NotFound)).Code());
    }

    [Fact]
    public async Task A49_ASenderWhoIsNotAllowedIn_IsRefusedThoughARouteMatches()
    {
        await using var host = await ApiHost.StartAsync();
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "api", chat_id = "1" }, agent = "other" });
        (string, string)[] headers = [("X-Vigil-Chat-Id", "1"), ("X-Vigil-Session-Id", "s")];

        using var stranger = await host.PostAsync("/v1/chat/completions", ApiHost.Say("Hello"), "vgl_nobody", headers);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        using var limited = await host.PostAsync("/v1/chat/completions", ApiHost.Say("Hello"), await host.NewKeyAsync(agents: ["main"]), headers);
        await limited.ErrorAsync(HttpStatusCode.Forbidden, "agent_not_allowed");
        Assert.Empty(host.Models.Requests);
        // Nor did the refused message leave anything behind: the session is still free.
        await admin.RemoveAsync("/api/routes/0", HttpStatusCode.NoContent);
        using var later = await host.ChatAsync("Hello", headers);
        Assert.Equal("vigil/main", (await later.JsonAsync()).Text("model"));
    }

    [Fact]
    public async Task A50_MessagesOfTwoChatsAtOnce_AreTwoTurnsOfTheirOwnAgents()
    {
        await using var host = await ApiHost.StartAsync(made =>
        {
            made.Person("ann");
            made.Person("bob");
        });
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "api", chat_id = "a" }, agent = "ann" });
        await admin.SendAsync("/api/routes", new { match = new { platform = "api", chat_id = "b" }, agent = "bob" });
        // Neither is answered before both have asked.
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Models.Answer = _ =>
        {
            if (host.Models.Requests.Count == 2)
                both.TrySetResult();
            return FakeModelReply.Say("ok") with { Hold = both.Task };
        };

        var answers = await Task.WhenAll(host.ChatAsync("words of a", ("X-Vigil-Chat-Id", "a")), host.ChatAsync("words of b", ("X-Vigil-Chat-Id", "b")));

        Assert.Equal(["vigil/ann", "vigil/bob"], await Task.WhenAll(answers.Select(async answer => (await answer.JsonAsync()).Text("model"))));
        var asked = host.Models.Requests.ToDictionary(request => request.Model);
        Assert.Equal(["model-ann", "model-bob"], asked.Keys.Order());
        Assert.Contains("words of a", asked["model-ann"].Body, StringComparison.Ordinal);
        Assert.DoesNotContain("words of b", asked["model-ann"].Body, StringComparison.Ordinal);
        Assert.Contains("words of b", asked["model-bob"].Body, StringComparison.Ordinal);
        Assert.DoesNotContain("words of a", asked["model-bob"].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A69_AnAnswerToANotification_GoesToItsAgentWithTheQuoteAndAnythingElseWhereTheRoutesSay()
    {
        await using var host = await ApiHost.StartAsync(made =>
        {
            made.Person("ann");
            made.Person("bob");
        });
        using var admin = await host.AdminAsync();
        await admin.SendAsync("/api/routes", new { match = new { platform = "api" }, agent = "ann" });
        var now = host.Clock.GetUtcNow();
        var said = new Notification { Id = "ntf_1", Agent = AgentId.Parse("bob"), Source = WorkSources.Heartbeat, Text = "Rain at five.\nTake care.", State = NotificationState.Posted, CreatedAt = now };
        await host.Services.GetRequiredService<INotificationStore>().PostAsync(said, [new NewEvent(now, EventTypes.NotificationPosted, "gateway", "bob")], default);

        using var answered = await admin.PostAsync("/inbox/ntf_1/answer", new FormUrlEncodedContent(new Dictionary<string, string> { ["message"] = "How long?" }));
        var quoted = await host.Models.NextAsync();
        using var plain = await host.ChatAsync("How long?");
        var unquoted = await host.Models.NextAsync();

        Assert.Equal(("model-bob", "model-ann"), (quoted.Model, unquoted.Model));
        Assert.Contains("""> Rain at five.\n> Take care.\n\nHow long?""", quoted.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Rain at five", unquoted.Body, StringComparison.Ordinal);
    }

    private static async Task<string> ChosenAsync(ApiHost host, HttpClient admin, string? model, params (string, string)[] headers)
        => (await admin.ReadAsync($"/api/why/{await RunAsync(host, model, headers)}")).GetProperty("lines").EnumerateArray().Single(line => line.Text("part") == "agent").Text("text");

    private static async Task<string> RunAsync(ApiHost host, string? model, params (string, string)[] headers)
    {
        using var answer = await host.ChatAsync(ApiHost.Say("Hello", model), headers);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.GetValues("X-Vigil-Run").Single();
    }

    private sealed class Office : IAgentSelector
    {
        public string Name => "office";

        public ValueTask<string?> SelectAsync(SelectorQuestion question, CancellationToken cancellationToken)
            => ValueTask.FromResult(question.Message.ChatId == "office" ? "other" : null);
    }

    private static async Task AnswersAsync(ApiHost host, string model)
    {
        using var answer = await host.ChatAsync("Hello", ("X-Vigil-Chat-Id", "1"));
        Assert.Equal(model, (await answer.JsonAsync()).Text("model"));
    }
}
