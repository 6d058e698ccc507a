using System.Net;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;
using Vigil.Turns;

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
    public async Task P35_ATurnThatWasStopped_LeavesTheWordsThatHadBeenSaid()
    {
        await using var host = await ApiHost.StartAsync();
        host.Models.Enqueue(new FakeModelReply { Text = "one two three", HoldAt = 2, HoldWithin = new TaskCompletionSource().Task }, FakeModelReply.Say("four"));
        using var gone = new CancellationTokenSource();
        var body = ApiHost.Say("count");
        body["stream"] = true;
        using (var response = await host.PostAsync("/v1/chat/completions", body, headers: [("X-Vigil-Session-Id", "s")], cancellationToken: gone.Token))
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync()))
        {
            while (!(await reader.ReadLineAsync())!.Contains("two", StringComparison.Ordinal))
            {
            }
        }
        await host.Models.Requests[0].ClientGone.WaitAsync(TimeSpan.FromSeconds(30));

        await host.ChatAsync("go on", ("X-Vigil-Session-Id", "s"));

        var sent = host.Models.Requests[^1].Messages.Skip(1).ToList();
        Assert.Equal(["user", "assistant", "assistant", "user"], sent.Select(message => message.Text("role")));
        Assert.Equal("one two", sent[1].Text("content").Trim());
        Assert.Contains("stopped", sent[2].Text("content"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task P35_ATurnThatDiedWithItsProcess_LeavesWhatItsToolsHadDone()
    {
        await using var host = await ApiHost.StartAsync();
        var runs = host.Services.GetRequiredService<IRunStore>();
        await host.BeginDeadTurnAsync("pay both");
        ChatMessage[] done = [new(ChatRole.Assistant, [new FunctionCallContent("c1", "pay"), new FunctionCallContent("c2", "pay")]), new(ChatRole.Tool, [new FunctionResultContent("c1", "paid")])];
        for (var i = 0; i < done.Length; i++)
        {
            var step = new TurnStep { Number = i + 1, Kind = i == 0 ? StepKind.Reply : StepKind.ToolResult, At = host.Clock.GetUtcNow(), Message = done[i], CallId = i == 0 ? null : "c1" };
            Assert.True(await runs.AppendAsync("run_dead", "run_dead", step, null, default));
        }

        Assert.Equal(1, await host.Services.GetRequiredService<ChatTurns>().EndAbandonedAsync(["test-node-1"], default));
        await host.ChatAsync("well?", ("X-Vigil-Session-Id", "s"));

        var sent = host.Models.Requests[^1].Messages.Skip(1).ToList();
        Assert.Equal(["user", "assistant", "tool", "tool", "assistant", "user"], sent.Select(message => message.Text("role")));
        Assert.Equal("paid", sent[2].Text("content"));
        Assert.Contains("outcome is unknown", sent[3].Text("content"), StringComparison.Ordinal);
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
