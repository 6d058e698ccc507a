using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Source;

namespace Vigil.Tests.Tools;

public sealed class ToolInvokerTests
{
    private static readonly JsonElement Schema = ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "text": { "type": "string" },
            "count": { "type": "integer" },
            "kind": { "type": "string", "enum": ["a", "b"] },
            "list": { "type": "array", "items": { "type": "string" } },
            "nested": { "type": "object", "properties": { "x": { "type": "number" } }, "required": ["x"] },
            "maybe": { "type": ["string", "null"] },
            "free": {}
          },
          "required": ["text"],
          "additionalProperties": false
        }
        """);

    [Fact]
    public async Task W32_AToolThatWasNotOffered_IsAnErrorResultNamingANearOne()
    {
        var result = await InvokeAsync(new FakeTool("read_file"), new FunctionCallContent("c", "read_fil"));
        Assert.True(result.IsError);
        Assert.Contains("'read_file'", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task W32_AToolThatThrows_IsAnErrorResult()
    {
        var result = await InvokeAsync(new FakeTool("t", _ => throw new InvalidOperationException("it broke\nat line 2")), new FunctionCallContent("c", "t"));
        Assert.True(result.IsError);
        Assert.Equal("t failed: it broke", result.Text);
    }

    [Fact]
    public async Task Invoke_ToolStopsAtItsOwnLimit_IsAnErrorResult()
    {
        var result = await InvokeAsync(new FakeTool("t", _ => throw new OperationCanceledException()), new FunctionCallContent("c", "t"));
        Assert.Equal("t took too long and was stopped.", result.Text);
    }

    [Fact]
    public async Task Invoke_RunCancelled_GetsOut()
    {
        using var cancelled = new CancellationTokenSource();
        var tool = new FakeTool("t", _ =>
        {
            cancelled.Cancel();
            throw new OperationCanceledException(cancelled.Token);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ToolInvoker(NullLogger<ToolInvoker>.Instance)
            .InvokeAsync(new Dictionary<string, ITool> { ["t"] = tool }, ToolBed.Run(), new FunctionCallContent("c", "t"), 100, cancelled.Token));
    }

    [Fact]
    public async Task Invoke_ArgumentsThatWereNoJson_AreAnErrorResult()
    {
        var called = false;
        var tool = new FakeTool("t", _ =>
        {
            called = true;
            return new ToolResult("");
        });
        var result = await InvokeAsync(tool, new FunctionCallContent("c", "t") { Exception = new JsonException("cut off") });
        Assert.True(result.IsError);
        Assert.Contains("valid JSON object", result.Text, StringComparison.Ordinal);
        Assert.False(called);
    }

    [Theory]
    [InlineData("""{}""", "'text' is missing")]
    [InlineData("""{ "text": null }""", "'text' must be string")]
    [InlineData("""{ "text": 5 }""", "'text' must be string, not 5")]
    [InlineData("""{ "text": "x", "count": "5" }""", "'count' must be integer")]
    [InlineData("""{ "text": "x", "count": 5.5 }""", "'count' must be integer")]
    [InlineData("""{ "text": "x", "kind": "c" }""", "'kind' must be one of a, b")]
    [InlineData("""{ "text": "x", "list": ["a", 1] }""", "'list[1]' must be string")]
    [InlineData("""{ "text": "x", "nested": {} }""", "'nested.x' is missing")]
    [InlineData("""{ "text": "x", "nested": { "x": "1" } }""", "'nested.x' must be number")]
    [InlineData("""{ "text": "x", "cuont": 1 }""", "did you mean 'count'")]
    public async Task Invoke_ArgumentsThatBreakTheSchema_NameTheField(string arguments, string expected)
    {
        var called = false;
        var tool = new FakeTool("t", _ =>
        {
            called = true;
            return new ToolResult("");
        }) { Definition = new ToolDefinition("t", "", Schema) };
        var result = await InvokeAsync(tool, Call(arguments));
        Assert.True(result.IsError);
        Assert.Contains(expected, result.Text, StringComparison.Ordinal);
        Assert.False(called);
    }

    [Fact]
    public async Task Invoke_GoodArguments_ReachTheToolWithoutNullsForOptionalFields()
    {
        JsonElement seen = default;
        var tool = new FakeTool("t", call =>
        {
            seen = call.Arguments;
            return new ToolResult("");
        }) { Definition = new ToolDefinition("t", "", Schema) };
        var result = await InvokeAsync(tool, Call("""{ "text": "x", "count": 5.0, "kind": null, "maybe": null, "list": [], "free": { "any": 1 }, "nested": { "x": 1, "y": 2 } }"""));
        Assert.False(result.IsError, result.Text);
        Assert.False(seen.TryGetProperty("kind", out _));
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("maybe").ValueKind);
        Assert.Equal(5, seen.GetProperty("count").GetDouble());
    }

    [Fact]
    public async Task Invoke_LongOutput_IsCutWithANoteAndNotInsideACharacter()
    {
        var result = await InvokeAsync(new FakeTool("t", _ => new ToolResult(new string('x', 9) + "😀" + new string('y', 100))), new FunctionCallContent("c", "t"), cap: 10);
        Assert.Equal("xxxxxxxxx\n[cut: the first 9 of 111 characters are shown]", result.Text);
    }

    [Fact]
    public async Task Invoke_OutsideTool_IsFencedAfterTheCut()
    {
        var tool = new FakeTool("t", _ => new ToolResult(new string('x', 50))) { Definition = new FakeTool("t").Definition with { Outside = true } };
        var result = await InvokeAsync(tool, new FunctionCallContent("c", "t"), cap: 10);
        Assert.StartsWith("⟦outside: t⟧\nxxxxxxxxxx\n[cut", result.Text, StringComparison.Ordinal);
        Assert.EndsWith("\n⟦/outside⟧", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_FailedCall_MeansNothing()
    {
        var intent = new ToolIntent(IntentKinds.Notify, JsonSerializer.SerializeToElement(new { }));
        Assert.Null((await InvokeAsync(new FakeTool("t", _ => new ToolResult("") { Intent = intent, IsError = true }), new FunctionCallContent("c", "t"))).Intent);
        Assert.Same(intent, (await InvokeAsync(new FakeTool("t", _ => new ToolResult("") { Intent = intent }), new FunctionCallContent("c", "t"))).Intent);
    }

    [Fact]
    public async Task W42_NotifyUserWithAnUnknownUrgency_NamesTheField()
    {
        var result = await ToolBed.InvokeAsync(SourceTools.NotifyUser, new() { ["text"] = "x", ["urgency"] = "high" });
        Assert.True(result.IsError);
        Assert.Contains("'urgency'", result.Text, StringComparison.Ordinal);
    }

    private static FunctionCallContent Call(string arguments)
        => new("c", "t", JsonSerializer.Deserialize<Dictionary<string, object?>>(arguments));

    private static Task<ToolResult> InvokeAsync(ITool tool, FunctionCallContent call, int cap = 1000)
        => new ToolInvoker(NullLogger<ToolInvoker>.Instance)
            .InvokeAsync(new Dictionary<string, ITool> { [tool.Definition.Name] = tool }, ToolBed.Run(), call, cap, default);
}
