using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Testing.Models;

namespace Vigil.Models.Tests;

public sealed class OpenAIWireTests
{
    private static readonly AIFunction s_weather = AIFunctionFactory.Create((string city) => city, "weather", "Tells the weather.");

    [Fact]
    public async Task Call_EverythingSet_IsOnTheWireByteForByte()
    {
        await using var bed = await ModelBed.StartAsync();
        var options = new ChatOptions
        {
            Instructions = "Be brief.",
            Tools = [s_weather],
            ToolMode = ChatToolMode.RequireSpecific("weather"),
            AllowMultipleToolCalls = false,
            Temperature = 0.2f,
            TopP = 0.9f,
            FrequencyPenalty = 0.5f,
            PresencePenalty = -0.5f,
            Seed = 7,
            MaxOutputTokens = 100,
            StopSequences = ["END"],
            Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low },
            ResponseFormat = ChatResponseFormat.Json,
        };
        ChatMessage[] messages =
        [
            new(ChatRole.System, "You are main."),
            new(ChatRole.User, "Grüße – ist es \"warm\"?"),
            new(ChatRole.Assistant, [new TextContent("I look."), new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "Köln" })]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", "17°")]),
        ];

        await bed.AskAsync(ModelBed.Call(ModelName.Parse("openai/gpt-x"), messages, options));

        var request = Assert.Single(bed.Server.Requests);
        Assert.Equal("/v1/chat/completions", request.Path);
        Assert.Equal("Bearer sk-open", request.Headers["Authorization"]);
        var schema = JsonSerializer.Serialize(s_weather.JsonSchema);
        Assert.Equal(
            """{"model":"gpt-x","messages":[{"role":"system","content":"Be brief."},{"role":"system","content":"You are main."},"""
            + """{"role":"user","content":"Grüße – ist es \"warm\"?"},"""
            + """{"role":"assistant","content":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Köln\"}"}}]},"""
            + """{"role":"tool","tool_call_id":"c1","content":"17°"}],"tools":["""
            + """{"type":"function","function":{"name":"weather","description":"Tells the weather.","parameters":"""
            + schema
            + """}}],"tool_choice":{"type":"function","function":{"name":"weather"}},"parallel_tool_calls":false,"temperature":0.2,"top_p":0.9,"""
            + "\"frequency_penalty\":0.5,\"presence_penalty\":-0.5,\"seed\":7,\"max_tokens\":100,\"stop\":[\"END\"],\"reasoning_effort\":\"low\","
            + "\"response_format\":{\"type\":\"json_object\"},\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
            request.Body);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("none")]
    [InlineData("required")]
    public async Task Call_ToolMode_IsToolChoice(string mode)
    {
        await using var bed = await ModelBed.StartAsync();
        ChatToolMode tools = mode switch { "auto" => ChatToolMode.Auto, "none" => ChatToolMode.None, _ => ChatToolMode.RequireAny };
        await bed.AskAsync(ModelBed.Call(ModelName.Parse("openai/m"), [new(ChatRole.User, "x")], new ChatOptions { Tools = [s_weather], ToolMode = tools }));
        Assert.Equal(mode, bed.Server.Requests[0].Json.GetProperty("tool_choice").GetString());
    }

    [Fact]
    public async Task Call_ImageAndSchema_AreWritten()
    {
        await using var bed = await ModelBed.StartAsync();
        using var schema = JsonDocument.Parse("""{"type":"object"}""");
        var options = new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement, "shape") };
        await bed.AskAsync(ModelBed.Call(ModelName.Parse("openai/m"), [new(ChatRole.User, [new TextContent("what?"), new DataContent(new byte[] { 1, 2 }, "image/png")])], options));
        var json = bed.Server.Requests[0].Json;
        Assert.Equal("""[{"type":"text","text":"what?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AQI="}}]""",
            json.GetProperty("messages")[0].GetProperty("content").GetRawText());
        Assert.Equal("""{"type":"json_schema","json_schema":{"name":"shape","schema":{"type":"object"}}}""", json.GetProperty("response_format").GetRawText());
    }

    [Fact]
    public async Task Call_StreamedReply_IsPutTogether()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(new FakeModelReply
        {
            Reasoning = "Let me see.",
            Text = "It is warm.",
            ToolCalls = [new FakeToolCall("weather", """{"city":"Köln"}""", "a"), new FakeToolCall("weather", "", "b")],
            Model = "gpt-x-2026-01-01",
            InputTokens = 100,
            CachedInputTokens = 60,
            OutputTokens = 9,
        });
        var seen = new List<ChatResponseUpdate>();

        var reply = await bed.AskAsync(ModelBed.Call("openai/gpt-x"), seen);

        Assert.Equal("It is warm.", reply.Message.Text);
        Assert.Equal("Let me see.", Assert.Single(reply.Message.Contents.OfType<TextReasoningContent>()).Text);
        var calls = reply.Message.Contents.OfType<FunctionCallContent>().ToList();
        Assert.Equal(["a", "b"], calls.Select(call => call.CallId));
        Assert.Equal("Köln", calls[0].Arguments!["city"]!.ToString());
        Assert.Empty(calls[1].Arguments!);
        Assert.Equal(ChatFinishReason.ToolCalls, reply.Finish);
        Assert.Equal("openai/gpt-x-2026-01-01", reply.ModelUsed);
        Assert.Equal((100, 60, 9), (reply.InputTokens, reply.CachedInputTokens, reply.OutputTokens));
        Assert.Equal(["It ", "is ", "warm."], seen.Select(update => update.Text).Where(text => text.Length > 0));
    }

    [Fact]
    public async Task GetResponse_NotStreamed_ReadsTheSame()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(new FakeModelReply { Text = "hi", Reasoning = "hm", ToolCalls = [new FakeToolCall("weather", """{"city":"X"}""")], CachedInputTokens = 3 });
        var response = await bed.Client("openai").GetResponseAsync("hello", new ChatOptions { ModelId = "m" }, bed.Patience);
        Assert.False(bed.Server.Requests[0].Stream);
        Assert.Equal("hi", response.Text);
        Assert.Single(response.Messages[0].Contents.OfType<FunctionCallContent>());
        Assert.Equal(3, response.Usage!.CachedInputTokenCount);
    }

    [Fact]
    public async Task Call_ServerThatDoesNotStream_IsReadWhole()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(new FakeModelReply { RawBody = """{"id":"1","model":"m","choices":[{"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}]}""" });
        Assert.Equal("whole", (await bed.AskAsync(ModelBed.Call("openai/m"))).Message.Text);
    }

    [Fact]
    public async Task Call_MalformedToolArguments_AreKeptAndSaidNotThrown()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Call("weather", """{"city": "Kö"""));
        var reply = await bed.AskAsync(ModelBed.Call("openai/m"));
        var call = Assert.Single(reply.Message.Contents.OfType<FunctionCallContent>());
        Assert.IsType<FormatException>(call.Exception);
        Assert.Null(call.Arguments);
        Assert.Equal("""{"city": "Kö""", call.AdditionalProperties!["vigil.rawArguments"]);

        // Sent back, the call is legal JSON again.
        await bed.AskAsync(ModelBed.Call(ModelName.Parse("openai/m"), [new(ChatRole.User, "x"), reply.Message, new(ChatRole.Tool, [new FunctionResultContent(call.CallId, "no JSON")])]));
        Assert.Equal("{}", bed.Server.Requests[1].Messages[1].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
    }

    [Theory]
    [InlineData("""{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"{}"}}]}""", "f,g")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":0,"id":"b","function":{"name":"g","arguments":{"x":1}}}]}""", "f,g")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f"}},{"index":0,"id":"","function":{"name":"f","arguments":"{}"}}]}""", "f")]
    public async Task Call_CallsThatServersWriteDifferently_AreToldApart(string delta, string names)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(Stream($$"""{"choices":[{"delta":{{delta}},"finish_reason":"tool_calls"}]}"""));
        var reply = await bed.AskAsync(ModelBed.Call("openai/m"));
        var calls = reply.Message.Contents.OfType<FunctionCallContent>().ToList();
        Assert.Equal(names, string.Join(',', calls.Select(call => call.Name)));
        Assert.All(calls, call => Assert.Null(call.Exception));
    }

    [Fact]
    public async Task Call_UsageInEachChunk_CountsTheLast()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(Stream(
            """{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":8,"completion_tokens":1}}""",
            """{"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":8,"completion_tokens":2,"prompt_cache_hit_tokens":4}}"""));
        var reply = await bed.AskAsync(ModelBed.Call("openai/m"));
        Assert.Equal((8, 4, 2), (reply.InputTokens, reply.CachedInputTokens, reply.OutputTokens));
    }

    [Fact]
    public async Task Call_Reasoning_GoesBackOnlyWithinTheToolLoopAndToItsProvider()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Providers["other"] = bed.Providers["openai"] with { Name = "other" };
        bed.Server.Enqueue(new FakeModelReply { Reasoning = "hm", ToolCalls = [new FakeToolCall("weather", "{}", "c1")] });
        var reply = (await bed.AskAsync(ModelBed.Call("openai/m"))).Message;
        List<ChatMessage> loop = [new(ChatRole.User, "x"), reply, new(ChatRole.Tool, [new FunctionResultContent("c1", "r")])];

        await bed.AskAsync(ModelBed.Call(ModelName.Parse("openai/m"), loop));
        await bed.AskAsync(ModelBed.Call(ModelName.Parse("other/m"), loop));
        await bed.AskAsync(ModelBed.Call(ModelName.Parse("openai/m"), [.. loop, new(ChatRole.User, "next")]));

        Assert.Equal("hm", bed.Server.Requests[1].Messages[1].GetProperty("reasoning_content").GetString());
        Assert.False(bed.Server.Requests[2].Messages[1].TryGetProperty("reasoning_content", out _));
        Assert.False(bed.Server.Requests[3].Messages[1].TryGetProperty("reasoning_content", out _));
    }

    [Fact]
    public async Task Call_ExtraHeadersAndNoKey_AreSentAsSet()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Providers["local"] = new ProviderOptions("local", "openai") { BaseUrl = bed.Server.OpenAIUrl, Headers = new Dictionary<string, string> { ["X-Title"] = "Vigil" } };
        await bed.AskAsync(ModelBed.Call("local/m"));
        Assert.Equal("Vigil", bed.Server.Requests[0].Headers["X-Title"]);
        Assert.Null(bed.Server.Requests[0].Key);
    }

    [Theory]
    [InlineData("""a \ud83d""", """\ude00 b""", "a 😀 b")]
    [InlineData("""a \ud83d b""", """ \ude00\n""", "a \uFFFD b \uFFFD\n")]
    [InlineData("""a \\ud83d""", """ b""", """a \ud83d b""")]
    public async Task Call_ServerThatCutsACharacterInTwo_HalvesAreJoinedAndLoneOnesReplaced(string first, string second, string said)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(Stream(Delta(first), Delta(second), """{"choices":[{"delta":{},"finish_reason":"stop"}]}"""));
        Assert.Equal(said, (await bed.AskAsync(ModelBed.Call("openai/m"))).Message.Text);

        static string Delta(string content) => $"{{\"choices\":[{{\"delta\":{{\"content\":\"{content}\"}}}}]}}";
    }

    [Theory]
    [InlineData("""{"city":"\ud83d"}""", "\uFFFD")]
    [InlineData("""{"city":"\ud83d\ude00 \\ud83d"}""", "😀 \\ud83d")]
    public async Task Call_ArgumentsWithHalfACharacter_CanBeReadAndSentAgain(string arguments, string city)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Call("weather", arguments));
        var reply = await bed.AskAsync(ModelBed.Call("openai/m"));
        var call = Assert.Single(reply.Message.Contents.OfType<FunctionCallContent>());
        Assert.Equal(city, call.Arguments!["city"]!.ToString());
        await bed.AskAsync(ModelBed.Call(ModelName.Parse("openai/m"), [new(ChatRole.User, "x"), reply.Message, new(ChatRole.Tool, [new FunctionResultContent(call.CallId, "y")])]));
        Assert.Equal(2, bed.Server.Requests.Count);
    }

    private static FakeModelReply Stream(params string[] chunks)
        => new() { RawBody = string.Concat(chunks.Append("[DONE]").Select(chunk => $"data: {chunk}\n\n")), ContentType = "text/event-stream" };
}
