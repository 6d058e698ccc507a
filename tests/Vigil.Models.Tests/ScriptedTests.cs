using Microsoft.Extensions.AI;
using Vigil.Testing.Models;

namespace Vigil.Models.Tests;

public sealed class ScriptedTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Fact]
    public async Task Replies_MatchOrderToolAndTimes_ServeAsWritten()
    {
        await using var bed = await StartAsync("""
            { // a demo
              "replies": [
                { "match": "WEATHER", "toolCalls": [ { "name": "look", "arguments": { "city": "Köln", "days": 2 } } ], "afterTool": "" },
                { "afterTool": "look", "reply": "It is warm.", "usage": { "input": 20, "cachedInput": 5, "output": 3 } },
                { "matchRegex": "^a+$", "reply": "Only a.", "times": 2 },
                { "reply": "Whatever.", "times": 0 },
              ]
            }
            """);
        var ask = new ChatMessage(ChatRole.User, "The weather?");
        var first = await bed.AskAsync(ModelBed.Call(ModelName.Parse("scripted/demo"), [ask]));
        var call = Assert.Single(first.Message.Contents.OfType<FunctionCallContent>());
        Assert.Equal(("look", "Köln"), (call.Name, call.Arguments!["city"]!.ToString()));
        var second = await bed.AskAsync(ModelBed.Call(ModelName.Parse("scripted/demo"), [ask, first.Message, new(ChatRole.Tool, [new FunctionResultContent(call.CallId, "17")])]));
        Assert.Equal(("It is warm.", 20, 5, 3), (second.Message.Text, second.InputTokens, second.CachedInputTokens, second.OutputTokens));
        var more = new List<string>();
        foreach (var prompt in new[] { "aa", "a", "a", "The weather?" })
            more.Add((await bed.AskAsync(ModelBed.Call("scripted/demo", prompt))).Message.Text);
        Assert.Equal(["Only a.", "Only a.", "Whatever.", "Whatever."], more);
    }

    [Fact]
    public async Task Reply_FromAProviderNamedOtherwise_StillSaysScripted()
    {
        await using var bed = await StartAsync("""{ "replies": [ { "reply": "hi" } ] }""");
        bed.Providers["openai"] = bed.Providers["scripted"] with { Name = "openai" };
        var seen = new List<ChatResponseUpdate>();
        var reply = await bed.AskAsync(ModelBed.Call("openai/gpt-x"), seen);
        Assert.Equal("openai/scripted/gpt-x", reply.ModelUsed);
        Assert.All(seen, update => Assert.Equal(true, update.AdditionalProperties!["scripted"]));
    }

    [Fact]
    public async Task Reply_ErrorAndDelay_BehaveLikeAProvider()
    {
        await using var bed = await StartAsync("""{ "replies": [ { "error": { "status": 429, "retryAfter": 3 } }, { "reply": "late", "delayMs": 400 } ] }""");
        var call = bed.AskAsync(ModelBed.Call("scripted/demo"));
        await bed.Time.TimerSetAsync(due => due == TimeSpan.FromSeconds(3), bed.Patience);
        bed.Time.Advance(TimeSpan.FromSeconds(3));
        await bed.Time.TimerSetAsync(due => due == TimeSpan.FromMilliseconds(400), bed.Patience);
        bed.Time.Advance(TimeSpan.FromMilliseconds(400));
        var reply = await call;
        Assert.Equal(("late", ModelFailureKind.Rate), (reply.Message.Text, Assert.Single(reply.Failures).Kind));
    }

    [Theory]
    [InlineData("""{ "replies": [ { "repply": "x" } ] }""", "repply")]
    [InlineData("""{ "replies": [ { "match": "x" } ] }""", "replies[0]")]
    [InlineData("""{ "replies": [ { "matchRegex": "(", "reply": "x" } ] }""", "matchRegex")]
    [InlineData("""{ "replies": [] }""", "no reply left")]
    public async Task Script_Wrong_SaysWhere(string script, string named)
    {
        await using var bed = await StartAsync(script);
        Assert.Contains(named, (await bed.FailAsync(ModelBed.Call("scripted/demo"))).Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScriptedModelCaller_QueuedReplies_ComeInOrderAndRequestsAreKept()
    {
        var caller = new ScriptedModelCaller();
        caller.Client.EnqueueCall("look").Enqueue("done").EnqueueFailure(ModelFailureKind.Auth);
        var call = ModelBed.Call("p/m", "go");
        Assert.Equal(ChatFinishReason.ToolCalls, (await caller.CallAsync(call, null, CancellationToken.None)).Finish);
        Assert.Equal("done", (await caller.CallAsync(call, null, CancellationToken.None)).Message.Text);
        await Assert.ThrowsAsync<ModelFailureException>(() => caller.CallAsync(call, null, CancellationToken.None));
        Assert.Equal(["m", "m", "m"], caller.Client.Requests.Select(request => request.Model));
    }

    public void Dispose() => File.Delete(_file);

    private async Task<ModelBed> StartAsync(string script)
    {
        await File.WriteAllTextAsync(_file, script);
        var bed = await ModelBed.StartAsync();
        bed.Providers["scripted"] = new ProviderOptions("scripted", "scripted") { ScriptFile = _file };
        return bed;
    }
}
