using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.OpenAi;

public sealed class ChatCompletionTests
{
    private static readonly JsonArray Weather = [JsonNode.Parse("""{ "type": "function", "function": { "name": "weather", "parameters": { "type": "object" } } }""")];

    [Fact]
    public async Task P1_P2_P17_AWholeAnswerHasEverythingAndTheSumOfItsUsage()
    {
        await using var host = await ApiHost.StartAsync(host => host.Tools.Add(new LookTool()));
        host.Models.Enqueue(FakeModelReply.Call("look"), FakeModelReply.Say("A cat."));
        var response = await host.ChatAsync("what is there?");
        var answer = await response.JsonAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("run_", response.Headers.GetValues("X-Vigil-Run").Single(), StringComparison.Ordinal);
        Assert.Equal("chat.completion", answer.Text("object"));
        Assert.Equal("vigil/main", answer.Text("model"));
        var choice = answer.GetProperty("choices").EnumerateArray().Single();
        Assert.Equal("assistant", choice.GetProperty("message").Text("role"));
        Assert.Equal("A cat.", choice.GetProperty("message").Text("content"));
        Assert.Equal("stop", choice.Text("finish_reason"));
        var usage = answer.GetProperty("usage");
        Assert.Equal((20, 10, 30), (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32()));
    }

    [Fact]
    public async Task P3_P4_AStreamBeginsWithTheRoleAndEndsWithUsageAndDone()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue("one two");
        var body = ApiHost.Say("hi");
        body["stream"] = true;
        body["stream_options"] = new JsonObject { ["include_usage"] = true };
        var response = await host.ChatAsync(body);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var data = Data(await response.Content.ReadAsStringAsync());
        Assert.Equal("[DONE]", data[^1]);
        var chunks = data[..^1].Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Single(chunks.Select(chunk => (string)chunk["id"]!).Distinct());
        Assert.Equal("assistant", (string)chunks[0]["choices"]![0]!["delta"]!["role"]!);
        Assert.Equal("one two", Said(chunks));
        Assert.Equal("stop", (string)chunks[^2]["choices"]![0]!["finish_reason"]!);
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
        Assert.Equal(15, (int)chunks[^1]["usage"]!["total_tokens"]!);
        Assert.All(chunks[..^1], chunk => Assert.True(chunk.AsObject().ContainsKey("usage") && chunk["usage"] is null));
    }

    [Fact]
    public async Task P5_TheAgentsToolsLeaveNothingInTheStreamButTheTextAround()
    {
        await using var host = await ApiHost.StartAsync(host => host.Tools.Add(new LookTool()));
        host.Models.Enqueue(FakeModelReply.Call("look") with { Text = "Wait." }, FakeModelReply.Say("A cat."));
        var body = ApiHost.Say("hi");
        body["stream"] = true;
        var text = await (await host.ChatAsync(body)).Content.ReadAsStringAsync();
        var data = Data(text);
        Assert.DoesNotContain("look", text, StringComparison.Ordinal);
        Assert.Equal("Wait.\n\nA cat.", Said([.. data[..^1].Select(line => JsonNode.Parse(line)!)]));
    }

    [Fact]
    public async Task P7_ALongSilenceIsBridgedByComments()
    {
        await using var host = await ApiHost.StartAsync();
        var release = new TaskCompletionSource();
        host.Models.Enqueue(FakeModelReply.Stall(release.Task));
        var body = ApiHost.Say("hi");
        body["stream"] = true;
        var sending = host.ChatAsync(body);
        await host.Models.NextAsync();
        host.Clock.Advance(TimeSpan.FromSeconds(20));
        var response = await sending;
        release.SetResult();
        var text = await response.Content.ReadAsStringAsync();
        Assert.StartsWith(": quiet", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(503, HttpStatusCode.BadGateway, "provider_unavailable")]
    [InlineData(401, HttpStatusCode.BadGateway, "provider_auth")]
    [InlineData(429, HttpStatusCode.BadGateway, "provider_rate_limited")]
    public async Task P8_P21_AFailureBeforeAnyTextIsAnOrdinaryErrorAlsoForAStream(int provider, HttpStatusCode status, string code)
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(FakeModelReply.Fail(provider));
        var body = ApiHost.Say("hi");
        body["stream"] = true;
        var answer = await host.ChatAsync(body);
        var error = await answer.ErrorAsync(status, code);
        Assert.Equal("server_error", error.Text("type"));
        Assert.Equal("false", answer.Headers.GetValues("X-Should-Retry").Single());
    }

    [Fact]
    public async Task P9_AFailureAfterSomeTextIsAnErrorEventWithoutDone()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(FakeModelReply.Cut("one two three", 2));
        var body = ApiHost.Say("hi");
        body["stream"] = true;
        var data = Data(await (await host.ChatAsync(body)).Content.ReadAsStringAsync());
        Assert.Contains("\"error\"", data[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(data, line => line == "[DONE]" || line.Contains("\"finish_reason\":\"stop\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("s1")]
    public async Task P10_TheCallersToolsAreCalledAndTheirResultContinuesTheTurn(string? session)
    {
        await using var host = await ApiHost.StartAsync();
        (string, string)[] headers = session is null ? [] : [("X-Vigil-Session-Id", session)];
        host.Models.Enqueue(FakeModelReply.Call("weather", """{"city":"Oslo"}""", "call_1"), FakeModelReply.Say("Warm."));
        var body = ApiHost.Say("weather?");
        body["tools"] = Weather.DeepClone();
        var choice = (await (await host.ChatAsync(body, headers)).JsonAsync()).GetProperty("choices")[0];
        Assert.Equal("tool_calls", choice.Text("finish_reason"));
        var message = choice.GetProperty("message");
        Assert.Equal("""{"city":"Oslo"}""", message.GetProperty("tool_calls")[0].GetProperty("function").Text("arguments"));
        body["messages"]!.AsArray().Add(JsonNode.Parse(message.GetRawText()));
        body["messages"]!.AsArray().Add((JsonNode)new JsonObject { ["role"] = "tool", ["tool_call_id"] = "call_1", ["content"] = "20 degrees" });
        var second = (await (await host.ChatAsync(body, headers)).JsonAsync()).GetProperty("choices")[0];
        Assert.Equal("Warm.", second.GetProperty("message").Text("content"));
        Assert.Equal(["user", "assistant", "tool"], host.Models.Requests[^1].Messages.Skip(1).Select(m => m.GetProperty("role").GetString()));
    }

    [Fact]
    public async Task P11_ACallersToolWithTheNameOfAnOwnOneIsRefusedBeforeAnythingHappens()
    {
        await using var host = await ApiHost.StartAsync(host => host.Tools.Add(new LookTool()));
        var body = ApiHost.Say("hi");
        body["tools"] = JsonNode.Parse("""[{ "type": "function", "function": { "name": "look" } }]""");
        var error = await (await host.ChatAsync(body)).ErrorAsync(HttpStatusCode.BadRequest, "tool_name_taken");
        Assert.Contains("'look'", error.Text("message"), StringComparison.Ordinal);
        Assert.Empty(host.Models.Requests);
    }

    [Fact]
    public async Task P12_SystemAndDeveloperMessagesAreAddedToThePersona()
    {
        await using var host = await ApiHost.StartAsync(host => File.WriteAllText(Path.Combine(host.Home.Workspace(Vigil.Agents.AgentId.Main), "SOUL.md"), "You are a lighthouse."));
        var body = ApiHost.Say("hi");
        body["messages"]!.AsArray().Insert(0, (JsonNode)new JsonObject { ["role"] = "system", ["content"] = "Speak French." });
        body["messages"]!.AsArray().Insert(1, (JsonNode)new JsonObject { ["role"] = "developer", ["content"] = "Be brief." });
        await (await host.ChatAsync(body)).JsonAsync();
        var system = host.Models.Requests.Single().SystemText;
        Assert.Contains("lighthouse", system, StringComparison.Ordinal);
        Assert.Contains("Speak French.\n\nBe brief.", system, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{}""", "messages")]
    [InlineData("""{ "messages": [] }""", "messages")]
    [InlineData("""{ "messages": "hi" }""", "messages")]
    [InlineData("""{ "messages": [{ "role": "user", "content": "a" }, { "role": "assistant", "content": "b" }] }""", "messages")]
    [InlineData("""{ "messages": [{ "role": "pope", "content": "a" }] }""", "messages[0].role")]
    [InlineData("""{ "messages": [{ "role": "user", "content": [{ "type": "text", "text": "a" }, { "type": "smell" }] }] }""", "messages[0].content[1]")]
    [InlineData("""{ "messages": [{ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "data:image/png;base64,§§" } }] }] }""", "messages[0].content[0]")]
    [InlineData("""{ "messages": [{ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "ftp://x/y.png" } }] }] }""", "messages[0].content[0]")]
    [InlineData("""{ "messages": [{ "role": "user", "content": "a" }], "temperature": 3 }""", "temperature")]
    [InlineData("""{ "messages": [{ "role": "user", "content": "a" }], "top_p": "much" }""", "top_p")]
    [InlineData("""{ "messages": [{ "role": "user", "content": "a" }], "n": 2 }""", "n")]
    [InlineData("""{ "messages": [{ "role": "user", "content": "a" }], "logprobs": true }""", "logprobs")]
    [InlineData("""{ "messages": [{ "role": "user", "content": "a" }], "web_search_options": {} }""", "web_search_options")]
    [InlineData("""{ "messages": [{ "role": "user", "content": "a" }], "stream": "yes" }""", "stream")]
    [InlineData("""{ "messages": [{ "role": "user", "content": "a" }], "stream_options": "usage" }""", "stream_options")]
    [InlineData("""{ "messages": [{ "role": "user", "content": "a" }], "response_format": "json" }""", "response_format")]
    public async Task P13_P14_P15_WhatIsWrongIs400WithTheParameterNamed(string body, string parameter)
    {
        await using var host = await ApiHost.StartAsync();
        var response = await host.ChatAsync(JsonNode.Parse(body)!.AsObject());
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = (await response.JsonAsync()).GetProperty("error");
        Assert.Equal(parameter, error.Text("param"));
        Assert.Equal("invalid_request_error", error.Text("type"));
        Assert.Empty(host.Models.Requests);
    }

    [Fact]
    public async Task P14_P15_ImagesSamplingAndFormatReachTheModelAndUnknownFieldsAreIgnored()
    {
        await using var host = await ApiHost.StartAsync();
        var body = JsonNode.Parse("""
            { "messages": [{ "role": "user", "content": [{ "type": "text", "text": "look" }, { "type": "image_url", "image_url": { "url": "data:image/png;base64,aGk=" } }] }],
              "temperature": 0.2, "max_completion_tokens": 50, "stop": "END", "seed": 7, "store": true, "some_new_field": 1, "logit_bias": {}, "reasoning_effort": "minimal",
              "response_format": { "type": "json_schema", "json_schema": { "name": "out", "strict": true, "schema": { "type": "object" } } } }
            """)!.AsObject();
        Assert.Equal(HttpStatusCode.OK, (await host.ChatAsync(body)).StatusCode);
        var sent = host.Models.Requests.Single();
        Assert.Contains("data:image/png;base64,aGk=", sent.Body, StringComparison.Ordinal);
        Assert.Equal(0.2m, sent.Json.GetProperty("temperature").GetDecimal());
        Assert.Equal(50, sent.Json.GetProperty("max_tokens").GetInt32());
        Assert.Equal("minimal", sent.Json.Text("reasoning_effort"));
        Assert.Equal("out", sent.Json.GetProperty("response_format").GetProperty("json_schema").Text("name"));
    }

    [Fact]
    public async Task P14_PartsOfTextAndTheTimeAreNotRunTogether()
    {
        await using var host = await ApiHost.StartAsync();
        var body = JsonNode.Parse("""{ "messages": [{ "role": "user", "content": [{ "type": "text", "text": "one" }, { "type": "text", "text": "two" }] }], "stop": [] }""")!.AsObject();
        Assert.Equal(HttpStatusCode.OK, (await host.ChatAsync(body)).StatusCode);
        Assert.StartsWith("one\n\ntwo\n\n[It is ", host.Models.Requests.Single().LastUserText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P47_AnAnswerUnderAKeyThatIsRevokedMeanwhileEndsWithAnError()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(new FakeModelReply { Text = "one two three", HoldAt = 1, HoldWithin = new TaskCompletionSource().Task });
        var body = ApiHost.Say("hi");
        body["stream"] = true;
        using var response = await host.ChatAsync(body);
        var keys = host.Services.GetRequiredService<IKeyStore>();
        foreach (var key in await keys.ListAsync(default))
            await keys.RevokeAsync(key.Id, default);
        var reading = response.Content.ReadAsStringAsync();
        while (!reading.IsCompleted)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        var data = Data(await reading);
        Assert.Contains("\"code\":\"unauthenticated\"", data[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", data);
    }

    [Fact]
    public async Task P16_P18_EachAgentIsAModelAndOthersAreNotFound()
    {
        await using var host = await ApiHost.StartAsync();
        using var client = host.Client(await host.NewKeyAsync(["main"]));
        var list = (await (await client.GetAsync("/v1/models")).JsonAsync()).GetProperty("data").EnumerateArray().Select(model => model.Text("id"));
        Assert.Equal(["vigil", "vigil/main"], list);
        Assert.Equal("vigil/main", (await (await client.GetAsync("/v1/models/vigil%2Fmain")).JsonAsync()).Text("id"));
        Assert.Equal("vigil/main", (await (await client.GetAsync("/v1/models/vigil/main")).JsonAsync()).Text("id"));
        await (await client.GetAsync("/v1/models/vigil/other")).ErrorAsync(HttpStatusCode.NotFound, "model_not_found");
        var error = await (await host.ChatAsync(ApiHost.Say("hi", "gpt-4o"))).ErrorAsync(HttpStatusCode.NotFound, "model_not_found");
        Assert.Contains("vigil, vigil/main, vigil/other", error.Text("message"), StringComparison.Ordinal);
        Assert.Empty(host.Models.Requests);
    }

    [Fact]
    public async Task P20_WhatIsNoJsonOrNoPathIsToldInTheApisShape()
    {
        await using var host = await ApiHost.StartAsync();
        using var client = host.Client();
        var error = await (await client.PostAsync("/v1/chat/completions", new StringContent("{"))).ErrorAsync(HttpStatusCode.BadRequest, "bad_json");
        Assert.Equal("invalid_request_error", error.Text("type"));
        await (await client.GetAsync("/v1/nothing")).ErrorAsync(HttpStatusCode.NotFound, "not_found");
        await (await client.GetAsync("/v1/chat/completions")).ErrorAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
    }

    [Fact]
    public async Task P57_ACallerThatHangsUpEndsTheProvidersCall()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(FakeModelReply.Stall(new TaskCompletionSource().Task));
        using var gone = new CancellationTokenSource();
        var sending = host.PostAsync("/v1/chat/completions", ApiHost.Say("hi"), cancellationToken: gone.Token);
        var request = await host.Models.NextAsync();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await request.ClientGone.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task P60_WithoutASlotOrAPlaceInTheQueueTheAnswerIs429AtOnce()
    {
        await using var host = await ApiHost.StartAsync(settings: """ "gateway": { "api": { "slots": 1, "queue": 0 } } """);
        var release = new TaskCompletionSource();
        host.Models.Enqueue(FakeModelReply.Stall(release.Task));
        var first = host.ChatAsync("hi");
        await host.Models.NextAsync();
        var refused = await host.ChatAsync("and me");
        await refused.ErrorAsync(HttpStatusCode.TooManyRequests, "too_many_requests");
        Assert.Equal("5", refused.Headers.GetValues("Retry-After").Single());
        release.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        // Who has an answer may ask the next question: the slot was free before the answer was told.
        for (var i = 0; i < 40; i++)
        {
            var next = ApiHost.Say("and me");
            next["stream"] = i % 2 == 0;
            var answer = await host.ChatAsync(next);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await answer.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task P61_ATurnPastItsDeadlineIs504AndItsCallIsCancelled()
    {
        await using var host = await ApiHost.StartAsync(settings: """ "turns": { "deadline": "30s" } """);
        host.Models.Enqueue(FakeModelReply.Stall(new TaskCompletionSource().Task));
        var sending = host.ChatAsync("hi");
        var request = await host.Models.NextAsync();
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        await (await sending).ErrorAsync(HttpStatusCode.GatewayTimeout, "deadline");
        await request.ClientGone.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static List<string> Data(string stream)
        => [.. stream.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line["data: ".Length..])];

    private static string Said(IReadOnlyList<JsonNode> chunks)
        => string.Concat(chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => (string?)choice!["delta"]!["content"]));
}
