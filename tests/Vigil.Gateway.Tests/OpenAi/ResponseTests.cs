using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.OpenAi;

public sealed class ResponseTests
{
    [Fact]
    public async Task P37_ATextIsAnsweredWithAnItemAndItsUsageAndCanBeReadAndDeleted()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue("Hello.");
        var answer = await (await AskAsync(host, "hi")).JsonAsync();
        Assert.Equal(("response", "completed", "vigil/main"), (answer.Text("object"), answer.Text("status"), answer.Text("model")));
        Assert.Equal("Hello.", Text(answer));
        Assert.Equal(15, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        using var client = host.Client();
        var path = $"/v1/responses/{answer.Text("id")}";
        Assert.Equal("Hello.", Text(await (await client.GetAsync(path)).JsonAsync()));
        Assert.True((await (await client.DeleteAsync(path)).JsonAsync()).GetProperty("deleted").GetBoolean());
        await (await client.GetAsync(path)).ErrorAsync(HttpStatusCode.NotFound, "response_not_found");
    }

    [Fact]
    public async Task P38_TwoBranchesOfOneResponseRememberItAndDoNotSeeEachOther()
    {
        await using var host = await ApiHost.StartAsync();
        var first = (await (await AskAsync(host, "I am Ada")).JsonAsync()).Text("id");
        await host.RestartAsync();
        await AskAsync(host, "left", first);
        await AskAsync(host, "right", first);
        var sent = host.Models.Requests[^1];
        Assert.Contains("I am Ada", sent.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("left", sent.Body, StringComparison.Ordinal);
        Assert.Equal(["user", "assistant", "user"], sent.Messages.Skip(1).Select(message => message.Text("role")));
    }

    [Fact]
    public async Task P39_P40_APreviousIdThatIsNotThisConversationsIsRefused()
    {
        await using var host = await ApiHost.StartAsync();
        var unstored = ApiBody("x");
        unstored["store"] = false;
        var gone = (await (await host.PostAsync("/v1/responses", unstored)).JsonAsync()).Text("id");
        var mains = (await (await AskAsync(host, "x")).JsonAsync()).Text("id");
        var others = ApiBody("y", mains);
        others["model"] = "vigil/other";
        foreach (var body in new[] { ApiBody("y", gone), ApiBody("y", "resp_none"), others })
        {
            var error = await (await host.PostAsync("/v1/responses", body)).ErrorAsync(HttpStatusCode.NotFound, "response_not_found");
            Assert.Equal("previous_response_id", error.Text("param"));
        }
        var mixed = await host.PostAsync("/v1/responses", ApiBody("y", mains), null, [("X-Vigil-Session-Id", "s1")]);
        await mixed.ErrorAsync(HttpStatusCode.BadRequest, "invalid_value");
        Assert.Equal(2, host.Models.Requests.Count);
    }

    [Fact]
    public async Task P41_NewInstructionsReplaceTheEarlierOnes()
    {
        await using var host = await ApiHost.StartAsync();
        var body = ApiBody("one");
        body["instructions"] = "Speak French.";
        var first = (await (await host.PostAsync("/v1/responses", body)).JsonAsync()).Text("id");
        body = ApiBody("two", first);
        body["instructions"] = "Speak German.";
        await host.PostAsync("/v1/responses", body);
        Assert.Contains("German", host.Models.Requests[^1].Body, StringComparison.Ordinal);
        Assert.DoesNotContain("French", host.Models.Requests[^1].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "response.completed")]
    [InlineData(true, "response.failed")]
    public async Task P42_AStreamHasRisingNumbersAndEndsEveryItemThatItBegan(bool cut, string end)
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(cut ? FakeModelReply.Cut("one two three", 2) : FakeModelReply.Say("one two three"));
        var body = ApiBody("hi");
        body["stream"] = true;
        var text = await (await host.PostAsync("/v1/responses", body)).Content.ReadAsStringAsync();
        var events = text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line["data: ".Length..])!).ToList();
        var types = events.Select(one => (string)one["type"]!).ToList();
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => (int)one["sequence_number"]!));
        Assert.Equal("response.created", types[0]);
        Assert.Equal(end, types[^1]);
        foreach (var begun in new[] { "output_item", "content_part" })
            Assert.Equal(types.Count(type => type == $"response.{begun}.added"), types.Count(type => type == $"response.{begun}.done"));
        Assert.Contains("response.output_text.delta", types);
    }

    [Fact]
    public async Task P10_ACallOfTheCallersToolIsAnItemAndItsOutputContinues()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(FakeModelReply.Call("weather", """{"city":"Oslo"}""", "call_1"), FakeModelReply.Say("Warm."));
        var body = ApiBody("weather?");
        body["tools"] = JsonNode.Parse("""[{ "type": "function", "name": "weather", "parameters": { "type": "object" } }]""");
        var first = await (await host.PostAsync("/v1/responses", body)).JsonAsync();
        Assert.Equal("function_call", first.GetProperty("output").EnumerateArray().Single().Text("type"));
        body["previous_response_id"] = first.Text("id");
        body["input"] = JsonNode.Parse("""[{ "type": "function_call_output", "call_id": "call_1", "output": "20" }]""");
        Assert.Equal("Warm.", Text(await (await host.PostAsync("/v1/responses", body)).JsonAsync()));
        Assert.Equal(["user", "assistant", "tool"], host.Models.Requests[^1].Messages.Skip(1).Select(message => message.Text("role")));
    }

    private static JsonObject ApiBody(string input, string? previous = null) => new() { ["input"] = input, ["previous_response_id"] = previous };

    private static Task<HttpResponseMessage> AskAsync(ApiHost host, string input, string? previous = null) => host.PostAsync("/v1/responses", ApiBody(input, previous));

    private static string Text(JsonElement response) => response.GetProperty("output")[0].GetProperty("content")[0].Text("text");
}
