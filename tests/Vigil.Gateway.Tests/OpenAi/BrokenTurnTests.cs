using System.Net;
using System.Text.Json;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.OpenAi;

public sealed class BrokenTurnTests
{
    [Fact]
    public async Task P35_AfterAFailedTurn_TheNextOneHasALegalHistoryThatShowsTheBreak()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(FakeModelReply.Fail(503), FakeModelReply.Say("here again"));
        await (await host.ChatAsync("first", ("X-Vigil-Session-Id", "s"))).ErrorAsync(HttpStatusCode.BadGateway, "provider_unavailable");

        Assert.Equal(HttpStatusCode.OK, (await host.ChatAsync("second", ("X-Vigil-Session-Id", "s"))).StatusCode);

        var sent = host.Models.Requests[^1].Messages.Skip(1).ToList();
        Assert.Equal(["user", "assistant", "user"], sent.Select(message => message.Text("role")));
        Assert.Contains("failed", sent[1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task P6_AModelThatSendsNoTextUntilItsEnd_StillStreamsTheWholeText()
    {
        await using var host = await ApiHost.StartAsync();
        // No choice of the stream holds text before the last piece.
        host.Models.Enqueue(FakeModelReply.Say("everything-in-one-piece"));
        var body = ApiHost.Say("hi");
        body["stream"] = true;

        var text = await (await host.ChatAsync(body)).Content.ReadAsStringAsync();

        var content = string.Concat(text.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement.GetProperty("choices")[0].GetProperty("delta"))
            .Select(delta => delta.TryGetProperty("content", out var part) ? part.GetString() : ""));
        Assert.Equal("everything-in-one-piece", content);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }
}
