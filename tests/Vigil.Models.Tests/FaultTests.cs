using Microsoft.Extensions.AI;
using Vigil.Models.Calls;
using Vigil.Testing.Models;

namespace Vigil.Models.Tests;

/// <summary>What providers do wrong, over a real socket, for both APIs.</summary>
public sealed class FaultTests
{
    public static TheoryData<string> Providers => new("openai", "anthropic");

    [Theory]
    [InlineData("openai", 401, """{"error":{"message":"Incorrect API key provided: sk-open","code":"invalid_api_key"}}""", ModelFailureKind.Auth)]
    [InlineData("openai", 403, "<html>no</html>", ModelFailureKind.Auth)]
    [InlineData("openai", 402, "{}", ModelFailureKind.Auth)]
    [InlineData("openai", 429, """{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}""", ModelFailureKind.Auth)]
    [InlineData("openai", 404, """{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}""", ModelFailureKind.NoModel)]
    [InlineData("openai", 400, """{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}""", ModelFailureKind.ContextTooLong)]
    [InlineData("openai", 400, """{"error":{"code":400,"message":"the request exceeds the available context size. try increasing it","type":"exceed_context_size_error"}}""", ModelFailureKind.ContextTooLong)]
    [InlineData("openai", 400, """{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000","code":400}""", ModelFailureKind.ContextTooLong)]
    [InlineData("openai", 400, """{"error":{"message":"The response was filtered","code":"content_filter"}}""", ModelFailureKind.ContentRefused)]
    [InlineData("openai", 400, """{"error":{"message":"Unsupported parameter","param":"temperature","code":"unsupported_parameter"}}""", ModelFailureKind.BadRequest)]
    [InlineData("openai", 302, "", ModelFailureKind.BadRequest)]
    [InlineData("anthropic", 401, """{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}""", ModelFailureKind.Auth)]
    [InlineData("anthropic", 400, """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}""", ModelFailureKind.ContextTooLong)]
    [InlineData("anthropic", 413, """{"type":"error","error":{"type":"request_too_large","message":"too large"}}""", ModelFailureKind.ContextTooLong)]
    [InlineData("anthropic", 400, """{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}""", ModelFailureKind.Auth)]
    [InlineData("anthropic", 404, """{"type":"error","error":{"type":"not_found_error","message":"model: x"}}""", ModelFailureKind.NoModel)]
    public async Task Call_LastingError_IsClassifiedAndNotRepeated(string provider, int status, string body, ModelFailureKind kind)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Fail(status, body: body));
        var failed = await bed.FailAsync(ModelBed.Call($"{provider}/m", "a private thing"));
        Assert.Equal((kind, status, provider, "m"), (failed.Failure.Kind, failed.Failure.Status, failed.Failure.Provider, failed.Failure.Model));
        Assert.Single(bed.Server.Requests);
        Assert.DoesNotContain("sk-", failed.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("a private thing", failed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_BadRequest_SaysWhatTheProviderSaidButNothingItQuotes()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Fail(400,
            body: """{"error":{"message":"Unsupported parameter for key sk-open: 'a private thing'","param":"temperature","code":"unsupported_parameter"}}"""));
        var failed = await bed.FailAsync(ModelBed.Call("openai/m", "a private thing"));
        Assert.Equal("The provider rejected the request. It says: Unsupported parameter for key …, unsupported_parameter temperature", failed.Failure.Message);
    }

    [Theory]
    [InlineData("openai", 408, ModelFailureKind.Timeout)]
    [InlineData("openai", 409, ModelFailureKind.Overloaded)]
    [InlineData("openai", 429, ModelFailureKind.Rate)]
    [InlineData("openai", 500, ModelFailureKind.Overloaded)]
    [InlineData("openai", 503, ModelFailureKind.Overloaded)]
    [InlineData("anthropic", 429, ModelFailureKind.Rate)]
    [InlineData("anthropic", 500, ModelFailureKind.Overloaded)]
    [InlineData("anthropic", 529, ModelFailureKind.Overloaded)]
    public async Task Call_PassingError_IsRepeatedAndRecorded(string provider, int status, ModelFailureKind kind)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Fail(status), FakeModelReply.Say("there"));
        var reply = await bed.AskAsync(ModelBed.Call($"{provider}/m"));
        Assert.Equal("there", reply.Message.Text);
        Assert.Equal((kind, (int?)status), (Assert.Single(reply.Failures).Kind, reply.Failures[0].Status));
    }

    [Fact]
    public async Task Call_ErrorThatStays_FailsAfterAllTries()
    {
        await using var bed = await ModelBed.StartAsync(new ModelRetryOptions { Retries = 2, Delay = TimeSpan.Zero });
        bed.Server.Answer = _ => FakeModelReply.Fail(500);
        var failed = await bed.FailAsync(ModelBed.Call("openai/m"));
        Assert.Equal(3, bed.Server.Requests.Count);
        Assert.Equal(3, failed.Tries.Count);
    }

    [Fact]
    public async Task Call_RetryAfter_IsWaitedForOnTheClock()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Fail(429, retryAfter: "7"), FakeModelReply.Say("there"));
        var call = bed.AskAsync(ModelBed.Call("openai/m"));
        await bed.Time.TimerSetAsync(due => due == TimeSpan.FromSeconds(7), bed.Patience);
        bed.Time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.Single(bed.Server.Requests);
        Assert.False(call.IsCompleted);
        bed.Time.Advance(TimeSpan.FromSeconds(0.1));
        var reply = await call;
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.Single(reply.Failures).RetryAfter);
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7)), (reply.Duration, reply.FirstToken));
    }

    [Theory]
    [InlineData("Sun, 29 Mar 2026 00:02:00 GMT")]
    [InlineData("120")]
    public async Task Call_RetryAfterBeyondTheCap_FailsAtOnceAndSaysWhen(string retryAfter)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Fail(429, retryAfter));
        var failed = await bed.FailAsync(ModelBed.Call("openai/m"));
        Assert.Equal(TimeSpan.FromSeconds(120), failed.Failure.RetryAfter);
        Assert.Single(bed.Server.Requests);
    }

    [Fact]
    public async Task Call_LongRetryAfterWithAFallback_AsksThatOneAtOnce()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Fail(429, retryAfter: "30"), FakeModelReply.Say("from the other"));
        var call = ModelBed.Call("openai/m");
        var reply = await bed.AskAsync(call with { Choice = call.Choice with { Fallbacks = [ModelName.Parse("openai/other")] } });
        Assert.Equal("from the other", reply.Message.Text);
        Assert.Equal(["m", "other"], bed.Server.Requests.Select(request => request.Model));
        Assert.Equal(TimeSpan.Zero, reply.Duration);
    }

    [Fact]
    public async Task Call_Backoff_DoublesWithJitter()
    {
        await using var bed = await ModelBed.StartAsync(new ModelRetryOptions { Retries = 3, Randomizer = () => 0.5 });
        bed.Server.Answer = _ => FakeModelReply.Fail(500);
        var call = bed.FailAsync(ModelBed.Call("openai/m"));
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 3; i++)
        {
            await bed.Time.TimerSetAsync(
                due =>
                {
                    // The silence timers of two minutes are set on the same clock.
                    if (due >= TimeSpan.FromSeconds(60))
                        return false;
                    waits.Add(due);
                    return true;
                },
                bed.Patience);
            bed.Time.Advance(waits[^1]);
        }

        await call;
        Assert.True(waits[0] > TimeSpan.Zero && waits[1] > waits[0] && waits[2] > waits[1], string.Join(' ', waits));
        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Call_StreamTornBeforeAnyText_IsRepeated(string provider)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Cut("never seen", 0), new FakeModelReply { Text = "never seen", CutAfter = 0, CutQuietly = true }, FakeModelReply.Say("whole"));
        var seen = new List<ChatResponseUpdate>();
        var reply = await bed.AskAsync(ModelBed.Call($"{provider}/m"), seen);
        Assert.Equal("whole", string.Concat(seen.Select(update => update.Text)));
        Assert.Equal([ModelFailureKind.Network, ModelFailureKind.Network], reply.Failures.Select(failure => failure.Kind));
    }

    [Theory]
    [InlineData("openai", false)]
    [InlineData("openai", true)]
    [InlineData("anthropic", false)]
    [InlineData("anthropic", true)]
    public async Task Call_StreamTornAfterText_FailsWithoutRepeatOrFallback(string provider, bool quietly)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(new FakeModelReply { Text = "one two three", CutAfter = 2, CutQuietly = quietly });
        var failed = await bed.FailAsync(ModelBed.Call($"{provider}/m", fallbacks: ["openai/other"]));
        Assert.Equal(ModelFailureKind.Network, failed.Failure.Kind);
        Assert.Single(bed.Server.Requests);
    }

    [Fact]
    public async Task Call_NoChoices_IsRepeatedThenFails()
    {
        await using var bed = await ModelBed.StartAsync(new ModelRetryOptions { Retries = 1, Delay = TimeSpan.Zero });
        bed.Server.Answer = _ => new FakeModelReply { NoChoices = true };
        var failed = await bed.FailAsync(ModelBed.Call("openai/m"));
        Assert.Equal((ModelFailureKind.Network, 2), (failed.Failure.Kind, bed.Server.Requests.Count));
    }

    [Fact]
    public async Task Call_SilenceWithAFinish_IsAnAnswer()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue("");
        var reply = await bed.AskAsync(ModelBed.Call("openai/m"));
        Assert.Equal(("", ChatFinishReason.Stop), (reply.Message.Text, reply.Finish));
    }

    [Theory]
    [InlineData("openai", "content_filter")]
    [InlineData("anthropic", "refusal")]
    public async Task Call_RefusedWithoutAWord_IsContentRefused(string provider, string finish)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(new FakeModelReply { Finish = finish });
        Assert.Equal(ModelFailureKind.ContentRefused, (await bed.FailAsync(ModelBed.Call($"{provider}/m"))).Failure.Kind);
    }

    [Fact]
    public async Task Call_ErrorEventWithinTheStream_IsClassifiedByItsCode()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(new FakeModelReply { Text = "a", CutAfter = 0, ErrorEvent = """{"error":{"code":429,"message":"upstream"}}""" }, FakeModelReply.Say("there"));
        Assert.Equal(ModelFailureKind.Rate, Assert.Single((await bed.AskAsync(ModelBed.Call("openai/m"))).Failures).Kind);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Call_NoFirstByte_TimesOutOnTheClock(string provider)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Providers[provider] = bed.Providers[provider] with { FirstByteTimeout = TimeSpan.FromSeconds(30) };
        var never = new TaskCompletionSource();
        bed.Server.Enqueue(FakeModelReply.Stall(never.Task), FakeModelReply.Say("there"));
        var call = bed.AskAsync(ModelBed.Call($"{provider}/m"));
        var stalled = await bed.Server.NextAsync(bed.Patience);
        bed.Time.Advance(TimeSpan.FromSeconds(30));
        var reply = await call;
        Assert.Equal(ModelFailureKind.Timeout, Assert.Single(reply.Failures).Kind);
        await stalled.ClientGone.WaitAsync(bed.Patience);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Call_StallWithinTheAnswer_EndsAfterTheIdleTime(string provider)
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Providers[provider] = bed.Providers[provider] with { IdleTimeout = TimeSpan.FromSeconds(31) };
        var never = new TaskCompletionSource();
        bed.Server.Enqueue(new FakeModelReply { Text = "one two", HoldWithin = never.Task, HoldAt = 1 });
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = Assert.ThrowsAsync<ModelFailureException>(() => bed.Caller.CallAsync(
            ModelBed.Call($"{provider}/m"),
            update =>
            {
                if (update.Text.Length > 0)
                    first.TrySetResult();
                return ValueTask.CompletedTask;
            },
            bed.Patience));
        await first.Task.WaitAsync(bed.Patience);
        var stalled = await bed.Server.NextAsync(bed.Patience);
        while (!call.IsCompleted)
        {
            // Events may come in more than one read: each sets the timer anew.
            await Task.WhenAny(call, bed.Time.TimerSetAsync(due => due == TimeSpan.FromSeconds(31), bed.Patience));
            bed.Time.Advance(TimeSpan.FromSeconds(31));
        }

        Assert.Equal(ModelFailureKind.Timeout, (await call).Failure.Kind);
        await stalled.ClientGone.WaitAsync(bed.Patience);
    }

    [Fact]
    public async Task Call_NobodyListens_IsNetwork()
    {
        await using var bed = await ModelBed.StartAsync();
        var gone = await FakeModelServer.StartAsync();
        bed.Providers["openai"] = bed.Providers["openai"] with { BaseUrl = gone.OpenAIUrl };
        await gone.DisposeAsync();
        var failed = await bed.FailAsync(ModelBed.Call("openai/m"));
        Assert.Equal((ModelFailureKind.Network, 4), (failed.Failure.Kind, failed.Tries.Count));
    }

    [Theory]
    [InlineData("openai", false)]
    [InlineData("openai", true)]
    [InlineData("anthropic", false)]
    [InlineData("anthropic", true)]
    public async Task Call_Cancelled_ClosesTheProvidersConnection(string provider, bool withinAnswer)
    {
        await using var bed = await ModelBed.StartAsync();
        var never = new TaskCompletionSource();
        bed.Server.Enqueue(withinAnswer ? new FakeModelReply { Text = "one two", HoldWithin = never.Task, HoldAt = 1 } : FakeModelReply.Stall(never.Task));
        using var cancel = new CancellationTokenSource();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = bed.Caller.CallAsync(
            ModelBed.Call($"{provider}/m", fallbacks: ["openai/other"]),
            update =>
            {
                if (update.Text.Length > 0)
                    first.TrySetResult();
                return ValueTask.CompletedTask;
            },
            cancel.Token);
        var request = await bed.Server.NextAsync(bed.Patience);
        if (withinAnswer)
            await first.Task.WaitAsync(bed.Patience);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await request.ClientGone.WaitAsync(bed.Patience);
        Assert.Single(bed.Server.Requests);
    }

    [Fact]
    public async Task Call_ObserverThrows_EndsTheCallAndTheConnection()
    {
        await using var bed = await ModelBed.StartAsync();
        var never = new TaskCompletionSource();
        bed.Server.Enqueue(new FakeModelReply { Text = "one two", HoldWithin = never.Task, HoldAt = 1 });
        await Assert.ThrowsAsync<InvalidOperationException>(() => bed.Caller.CallAsync(
            ModelBed.Call("openai/m"), update => throw new InvalidOperationException("observer"), bed.Patience));
        await bed.Server.Requests[0].ClientGone.WaitAsync(bed.Patience);
    }
}
