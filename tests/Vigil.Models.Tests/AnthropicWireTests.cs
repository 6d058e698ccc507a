using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Testing.Models;

namespace Vigil.Models.Tests;

public sealed class AnthropicWireTests
{
    private static readonly AIFunction s_weather = AIFunctionFactory.Create((string city) => city, "weather", "Tells the weather.");

    [Fact]
    public async Task Call_SystemToolsAndChoice_AreOnTheWire()
    {
        await using var bed = await ModelBed.StartAsync();
        var options = new ChatOptions { Tools = [s_weather], ToolMode = ChatToolMode.RequireSpecific("weather"), AllowMultipleToolCalls = false, MaxOutputTokens = 100 };
        await bed.AskAsync(ModelBed.Call(ModelName.Parse("anthropic/claude-x"), [new(ChatRole.System, "You are main."), new(ChatRole.User, "warm?")], options));
        var request = Assert.Single(bed.Server.Requests);
        Assert.Equal("/v1/messages", request.Path);
        Assert.Equal(("Bearer sk-ant", "sk-ant"), (request.Headers["Authorization"], request.Headers["x-api-key"]));
        Assert.Equal(("claude-x", true, 100), (request.Model, request.Stream, request.Json.GetProperty("max_tokens").GetInt32()));
        Assert.Equal("""[{"type":"text","text":"You are main.","cache_control":{"type":"ephemeral"}}]""", request.Json.GetProperty("system").GetRawText());
        Assert.Equal("weather", Assert.Single(request.ToolNames));
        var choice = request.Json.GetProperty("tool_choice");
        Assert.Equal(("tool", "weather", true),
            (choice.GetProperty("type").GetString(), choice.GetProperty("name").GetString(), choice.GetProperty("disable_parallel_tool_use").GetBoolean()));
    }

    [Fact]
    public async Task Call_StablePrefixAndToolResult_CarryTheOnlyCacheMarksAndNothingSharedChanges()
    {
        await using var bed = await ModelBed.StartAsync();
        ChatMessage[] messages =
        [
            new(ChatRole.System, [StablePrefix.End(new TextContent("stable")), new TextContent("It is 12:00.")]),
            new(ChatRole.User, "warm?"),
            new(ChatRole.Assistant, [new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "X" })]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", "17")]),
        ];
        var before = JsonSerializer.Serialize(messages, AIJsonUtilities.DefaultOptions);

        await bed.AskAsync(ModelBed.Call(ModelName.Parse("anthropic/m"), messages, new ChatOptions { Tools = [s_weather] }));

        var json = bed.Server.Requests[0].Json;
        Assert.Equal("""[{"type":"text","text":"stable","cache_control":{"type":"ephemeral"}},{"type":"text","text":"It is 12:00."}]""", json.GetProperty("system").GetRawText());
        var result = json.GetProperty("messages")[2].GetProperty("content")[0];
        Assert.Equal(("tool_result", "c1", "ephemeral"),
            (result.GetProperty("type").GetString(), result.GetProperty("tool_use_id").GetString(), result.GetProperty("cache_control").GetProperty("type").GetString()));
        Assert.Equal(2, bed.Server.Requests[0].Body.Split("cache_control").Length - 1);
        Assert.Equal(before, JsonSerializer.Serialize(messages, AIJsonUtilities.DefaultOptions));
    }

    [Fact]
    public async Task Call_StreamedReply_IsPutTogether()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(new FakeModelReply
        {
            Reasoning = "Let me see.",
            Text = "It is warm.",
            ToolCalls = [new FakeToolCall("weather", """{"city":"Köln"}""", "a"), new FakeToolCall("weather", """{"city":"Bonn"}""", "b")],
            Model = "claude-x-2026",
            InputTokens = 100,
            CachedInputTokens = 60,
            OutputTokens = 9,
        });
        var seen = new List<ChatResponseUpdate>();

        var reply = await bed.AskAsync(ModelBed.Call("anthropic/claude-x"), seen);

        Assert.Equal("It is warm.", reply.Message.Text);
        var reasoning = Assert.Single(reply.Message.Contents.OfType<TextReasoningContent>());
        Assert.Equal(("Let me see.", "fake-signature"), (reasoning.Text, reasoning.ProtectedData));
        Assert.Equal(["Köln", "Bonn"], reply.Message.Contents.OfType<FunctionCallContent>().Select(call => call.Arguments!["city"]!.ToString()));
        Assert.Equal(ChatFinishReason.ToolCalls, reply.Finish);
        Assert.Equal("anthropic/claude-x-2026", reply.ModelUsed);
        Assert.Equal((100, 60, 9), (reply.InputTokens, reply.CachedInputTokens, reply.OutputTokens));
        Assert.Equal(["It ", "is ", "warm."], seen.Select(update => update.Text).Where(text => text.Length > 0));
    }

    [Fact]
    public async Task Call_MalformedToolArguments_AreSaidNotThrownAndLegalWhenSentBack()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Call("weather", """{"city": "Kö"""));
        var reply = await bed.AskAsync(ModelBed.Call("anthropic/m"));
        var call = Assert.Single(reply.Message.Contents.OfType<FunctionCallContent>());
        Assert.NotNull(call.Exception);

        await bed.AskAsync(ModelBed.Call(ModelName.Parse("anthropic/m"), [new(ChatRole.User, "x"), reply.Message, new(ChatRole.Tool, [new FunctionResultContent(call.CallId, "no JSON")])]));
        Assert.Equal(JsonValueKind.Object, bed.Server.Requests[1].Messages[1].GetProperty("content")[0].GetProperty("input").ValueKind);
    }

    [Fact]
    public async Task Call_AddressWithVersion_IsNotDoubled()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Providers["anthropic"] = bed.Providers["anthropic"] with { BaseUrl = new Uri(bed.Server.AnthropicUrl, "/v1/") };
        await bed.AskAsync(ModelBed.Call("anthropic/m"));
        Assert.Equal("/v1/messages", bed.Server.Requests[0].Path);
    }

    [Fact]
    public async Task Call_ErrorEventWithinTheStream_IsClassified()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(new FakeModelReply { Text = "a b", CutAfter = 1, ErrorEvent = """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""" });
        var failed = await bed.FailAsync(ModelBed.Call("anthropic/m"));
        Assert.Equal(ModelFailureKind.Overloaded, failed.Failure.Kind);
    }
}
