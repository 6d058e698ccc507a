using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;
using Vigil.Tools;

namespace Vigil.Gateway.Tests.OpenAi;

/// <summary>Calls and results, where callers and providers do not keep to the rules.</summary>
public sealed class CallerToolTests
{
    private const string Session = "X-Vigil-Session-Id";
    private const string Calls = """{ "role": "assistant", "content": null, "tool_calls": [{ "id": "c1", "type": "function", "function": { "name": "weather", "arguments": "{}" } }] }""";
    private const string Result = """{ "role": "tool", "tool_call_id": "c1", "content": "warm" }""";
    private const string Asked = """{ "role": "user", "content": "weather?" }""";

    private static readonly JsonArray Weather = [JsonNode.Parse("""{ "type": "function", "function": { "name": "weather", "parameters": { "type": "object" } } }""")];

    [Theory]
    [InlineData(Result)]
    [InlineData(Asked, """{ "role": "tool", "tool_call_id": "c9", "content": "warm" }""")]
    [InlineData(Asked, Calls, """{ "role": "tool", "tool_call_id": "c9", "content": "warm" }""")]
    [InlineData(Asked, Calls, Result, Result)]
    [InlineData(Asked, Calls, Asked, Result)]
    [InlineData(Asked, Calls, Result, """{ "role": "assistant", "content": "Warm." }""", Result)]
    public async Task P13_AResultThatAnswersNoOpenCallIs400AndNoModelIsAsked(params string[] messages)
    {
        await using var host = await ApiHost.StartAsync();
        var error = await (await host.ChatAsync(Body(messages))).ErrorAsync(HttpStatusCode.BadRequest, "invalid_value");
        Assert.Equal("messages", error.Text("param"));
        Assert.Empty(host.Models.Requests);
    }

    [Fact]
    public async Task P10_EachReplyMayCallWithTheSameIdAgain()
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await host.ChatAsync(Body(Asked, Calls, Result, Calls, Result))).StatusCode);
        Assert.Equal(["user", "assistant", "tool", "assistant", "tool"], Roles(host));
    }

    [Fact]
    public async Task P35_InASessionAnUnknownOrSecondResultIs400AndTheSessionStaysLegal()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(FakeModelReply.Call("weather", "{}", "c1"), FakeModelReply.Say("Warm."));
        await host.ChatAsync(Body(Asked), (Session, "s"));
        await (await host.ChatAsync(Body("""{ "role": "tool", "tool_call_id": "c9", "content": "?" }"""), (Session, "s"))).ErrorAsync(HttpStatusCode.BadRequest, "invalid_value");
        Assert.Equal(HttpStatusCode.OK, (await host.ChatAsync(Body(Result), (Session, "s"))).StatusCode);
        await (await host.ChatAsync(Body(Result), (Session, "s"))).ErrorAsync(HttpStatusCode.BadRequest, "invalid_value");
        await (await host.ChatAsync(Body(Result), (Session, "empty"))).ErrorAsync(HttpStatusCode.BadRequest, "invalid_value");
        await host.ChatAsync(Body("""{ "role": "user", "content": "thanks" }"""), (Session, "s"));
        Assert.Equal(["user", "assistant", "tool", "assistant", "user"], Roles(host));
    }

    [Fact]
    public async Task P38_AResultForAResponseThatMadeNoSuchCallIs400()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(FakeModelReply.Call("weather", "{}", "c1"), FakeModelReply.Say("Warm."));
        var tools = JsonNode.Parse("""[{ "type": "function", "name": "weather", "parameters": { "type": "object" } }]""");
        var first = await (await host.PostAsync("/v1/responses", new JsonObject { ["input"] = "weather?", ["tools"] = tools!.DeepClone() })).JsonAsync();
        JsonObject Follow(string call) => new()
        {
            ["previous_response_id"] = first.Text("id"),
            ["tools"] = tools.DeepClone(),
            ["input"] = new JsonArray(new JsonObject { ["type"] = "function_call_output", ["call_id"] = call, ["output"] = "warm" }),
        };
        var error = await (await host.PostAsync("/v1/responses", Follow("c9"))).ErrorAsync(HttpStatusCode.BadRequest, "invalid_value");
        Assert.Equal("input", error.Text("param"));
        Assert.Equal("completed", (await (await host.PostAsync("/v1/responses", Follow("c1"))).JsonAsync()).Text("status"));
    }

    [Fact]
    public async Task P10_ArgumentsThatAreNoJsonGoBackToTheModelAndNotToTheCaller()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(FakeModelReply.Call("weather", "{\"city\":", "c1"), FakeModelReply.Call("weather", """{"city":"Oslo"}""", "c2"));
        var choice = (await (await host.ChatAsync(Body(Asked))).JsonAsync()).GetProperty("choices")[0];
        var call = Assert.Single(choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray());
        Assert.Equal(("c2", """{"city":"Oslo"}"""), (call.Text("id"), call.GetProperty("function").Text("arguments")));
        Assert.Contains("not a valid JSON object", host.Models.Requests[1].Messages[^1].Text("content"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProviderThatCountsItsCallsAnewInEachReply_EachCallIsRun()
    {
        var tool = new CountingTool();
        await using var host = await ApiHost.StartAsync(host => host.Tools.Add(tool));
        var twice = new FakeModelReply { ToolCalls = [new FakeToolCall("look", "{}", "call_0"), new FakeToolCall("look", "{}", "call_0")] };
        host.Models.Enqueue(FakeModelReply.Call("look", "{}", "call_0"), FakeModelReply.Call("look", "{}", "call_0"), twice, FakeModelReply.Say("Done."));
        var answer = await (await host.ChatAsync("look around")).JsonAsync();
        Assert.Equal("Done.", answer.GetProperty("choices")[0].GetProperty("message").Text("content"));
        Assert.Equal(4, tool.Calls);
        var results = host.Models.Requests[^1].Messages.Where(message => message.Text("role") == "tool").ToList();
        Assert.Equal(4, results.Select(result => result.Text("tool_call_id")).Distinct().Count());
        Assert.Equal(["1", "2"], results.Take(2).Select(result => result.Text("content")));
    }

    private static JsonObject Body(params string[] messages) => new()
    {
        ["messages"] = new JsonArray([.. messages.Select(message => JsonNode.Parse(message))]),
        ["tools"] = Weather.DeepClone(),
    };

    private static IEnumerable<string> Roles(ApiHost host) => host.Models.Requests[^1].Messages.Skip(1).Select(message => message.Text("role"));

    private sealed class CountingTool : ITool
    {
        private int _calls;

        public int Calls => _calls;

        public ToolDefinition Definition { get; } = new("look", "Looks.", JsonElement.Parse("""{ "type": "object", "properties": {} }"""));

        public ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
            => ValueTask.FromResult(new ToolResult(Interlocked.Increment(ref _calls).ToString(null as IFormatProvider)));
    }
}
