using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Testing.Models;

namespace Vigil.Models.Tests;

public sealed class ModelCallerTests
{
    [Fact]
    public async Task Call_ModelFails_FallbacksAreTriedInOrderAndRecorded()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Answer = request => request.Model is "third" ? FakeModelReply.Say("from the third") : FakeModelReply.Fail(401);
        var call = ModelBed.Call("openai/first", fallbacks: ["nokey/second", "anthropic/third", "openai/never"]);

        var reply = await bed.AskAsync(call);

        Assert.Equal(("from the third", "anthropic/third"), (reply.Message.Text, reply.ModelUsed));
        Assert.Equal(["openai/first Auth", "nokey/second NoModel"], reply.Failures.Select(failure => $"{failure.Provider}/{failure.Model} {failure.Kind}"));
        Assert.Equal("Set NOKEY_API_KEY.", reply.Failures[1].Message);
        Assert.Equal(["first", "third"], bed.Server.Requests.Select(request => request.Model));
        Assert.Null(call.Options.ModelId);
    }

    [Fact]
    public async Task Call_AllFail_TheFailureIsThatOfTheModelAskedFor()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Answer = request => FakeModelReply.Fail(request.Model is "first" ? 401 : 404);
        var failed = await bed.FailAsync(ModelBed.Call("openai/first", fallbacks: ["openai/second"]));
        Assert.Equal(("first", ModelFailureKind.Auth), (failed.Failure.Model, failed.Failure.Kind));
        Assert.Equal(["first", "second"], failed.Tries.Select(failure => failure.Model));
        Assert.EndsWith("openai/second failed too.", failed.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_RequestItselfIsWrong_DoesNotFallBack()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Server.Enqueue(FakeModelReply.Fail(400, body: """{"error":{"code":"context_length_exceeded","message":"x"}}"""));
        var failed = await bed.FailAsync(ModelBed.Call("openai/first", fallbacks: ["openai/second"]));
        Assert.Equal(ModelFailureKind.ContextTooLong, failed.Failure.Kind);
        Assert.Single(bed.Server.Requests);
    }

    [Fact]
    public async Task Call_UnknownProvider_SaysWhatToSetWithoutANetworkCall()
    {
        await using var bed = await ModelBed.StartAsync();
        var failed = await bed.FailAsync(ModelBed.Call("gemini/m"));
        Assert.Equal((ModelFailureKind.NoModel, "Set GEMINI_API_KEY."), (failed.Failure.Kind, failed.Failure.Message));
        Assert.Empty(bed.Server.Requests);
    }

    [Fact]
    public async Task Call_UnknownKind_NamesTheKnownOnes()
    {
        await using var bed = await ModelBed.StartAsync();
        bed.Providers["odd"] = new ProviderOptions("odd", "grpc");
        var failed = await bed.FailAsync(ModelBed.Call("odd/m"));
        Assert.Contains("anthropic, openai, scripted", failed.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A20_FortyConcurrentCallsOfOneAgentAndOthers_EachReachTheWireWithTheirOwnModelAndKey()
    {
        await using var bed = await ModelBed.StartAsync();
        var gate = new TaskCompletionSource();
        // Every answer waits until all requests are there: the calls truly overlap.
        bed.Server.Answer = request => new FakeModelReply { Text = $"{request.Model} {request.Key}", Hold = gate.Task };
        foreach (var agent in new[] { "a", "b", "c", "d" })
            bed.OwnProviders[(agent, "openai")] = bed.Providers["openai"] with { ApiKey = $"sk-{agent}" };
        var calls = Enumerable.Range(0, 40).Select(i =>
        {
            var agent = "abcd"[i % 4].ToString();
            return (Expected: $"m{i} sk-{agent}", Reply: bed.AskAsync(ModelBed.Call(ModelName.Parse($"openai/m{i}"), [new ChatMessage(ChatRole.User, "x")], profile: ModelBed.Profile(agent))));
        }).ToList();
        for (var i = 0; i < calls.Count; i++)
            await bed.Server.NextAsync(bed.Patience);
        gate.SetResult();
        foreach (var (expected, reply) in calls)
            Assert.Equal(expected, (await reply).Message.Text);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Call_WholeAnswer_LeavesTheConnectionForTheNextCall(string provider)
    {
        await using var bed = await ModelBed.StartAsync();
        for (var i = 0; i < 5; i++)
            await bed.AskAsync(ModelBed.Call($"{provider}/m"));
        Assert.Single(bed.Server.Requests.Select(request => request.Connection).Distinct());
    }

    [Fact]
    public async Task Get_EqualOptions_ShareOneClient()
    {
        await using var bed = await ModelBed.StartAsync();
        var options = bed.Providers["openai"];
        Assert.Same(bed.Clients.Get(options), bed.Clients.Get(options with { Headers = new Dictionary<string, string>() }));
        Assert.NotSame(bed.Clients.Get(options), bed.Clients.Get(options with { ApiKey = "sk-2" }));
    }

    [Fact]
    public async Task Call_ProviderClosedToTheAgent_IsRefusedBeforeTheNetworkAndTheFallbackServes()
    {
        await using var bed = await ModelBed.StartAsync();
        var profile = ModelBed.Profile() with { Privacy = new PrivacySettings { Providers = ["anthropic"] } };
        var reply = await bed.AskAsync(ModelBed.Call(ModelName.Parse("openai/m"), [new ChatMessage(ChatRole.User, "x")], profile: profile, fallbacks: ["anthropic/m"]));
        Assert.Equal("anthropic/m", reply.ModelUsed);
        Assert.Equal(FakeModelApi.Anthropic, Assert.Single(bed.Server.Requests).Api);
    }

    [Fact]
    public async Task Call_KeyFromTheEnvironment_IsNeverSent()
    {
        await using var bed = await ModelBed.StartAsync();
        foreach (var provider in new[] { "openai", "anthropic" })
            bed.Providers[provider] = bed.Providers[provider] with { ApiKey = null };
        var before = (Environment.GetEnvironmentVariable("ANTHROPIC_API_KEY"), Environment.GetEnvironmentVariable("OPENAI_API_KEY"));
        try
        {
            Environment.SetEnvironmentVariable("ANTHROPIC_API_KEY", "sk-env");
            Environment.SetEnvironmentVariable("OPENAI_API_KEY", "sk-env");
            await bed.AskAsync(ModelBed.Call("openai/m"));
            await bed.AskAsync(ModelBed.Call("anthropic/m"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("ANTHROPIC_API_KEY", before.Item1);
            Environment.SetEnvironmentVariable("OPENAI_API_KEY", before.Item2);
        }

        Assert.All(bed.Server.Requests, request => Assert.Null(request.Key));
        Assert.Equal(2, bed.Server.Requests.Count);
    }
}
