using System.ClientModel;
using System.Diagnostics;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using OpenAI.Responses;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;

// The client marks all of its responses as a preview; the tests are pinned to its version.
#pragma warning disable OPENAI001

namespace Vigil.Gateway.Tests.OpenAi;

/// <summary>The gateway as OpenAI's client for .NET sees it, and as curl does.</summary>
public sealed class DotNetClientTests
{
    private static readonly ChatTool s_weather = ChatTool.CreateFunctionTool("weather", "The weather of a city.", BinaryData.FromString("""{ "type": "object", "properties": { "city": { "type": "string" } } }"""));

    [Fact]
    public async Task P1_P3_P10_ChatStreamAndTools()
    {
        await using var host = await StartAsync();
        var chat = new ChatClient("vigil/main", new ApiKeyCredential(host.Key), Options(host));

        var whole = (await chat.CompleteChatAsync("hi")).Value;
        Assert.Equal(("Hello there.", ChatFinishReason.Stop, 15), (whole.Content[0].Text, whole.FinishReason, whole.Usage.TotalTokenCount));
        Assert.Equal("vigil/main", whole.Model);

        var text = "";
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in chat.CompleteChatStreamingAsync("hi"))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish = update.FinishReason ?? finish;
            usage = update.Usage ?? usage;
        }
        Assert.Equal(("Hello there.", ChatFinishReason.Stop, 15), (text, finish, usage?.TotalTokenCount));

        List<ChatMessage> messages = [new UserChatMessage("How is it in Oslo?")];
        var options = new ChatCompletionOptions { Tools = { s_weather } };
        var asked = (await chat.CompleteChatAsync(messages, options)).Value;
        Assert.Equal(ChatFinishReason.ToolCalls, asked.FinishReason);
        Assert.Equal(("weather", """{"city":"Oslo"}"""), (asked.ToolCalls[0].FunctionName, asked.ToolCalls[0].FunctionArguments.ToString()));
        messages.AddRange([new AssistantChatMessage(asked), new ToolChatMessage(asked.ToolCalls[0].Id, "20 degrees")]);
        Assert.Equal("Warm.", (await chat.CompleteChatAsync(messages, options)).Value.Content[0].Text);
    }

    [Fact]
    public async Task P19_ErrorsAndModels()
    {
        await using var host = await StartAsync();
        var failure = await Assert.ThrowsAsync<ClientResultException>(() => new ChatClient("gpt-none", new ApiKeyCredential(host.Key), Options(host)).CompleteChatAsync("hi"));
        Assert.Equal(404, failure.Status);
        Assert.Contains("vigil/main", failure.Message, StringComparison.Ordinal);

        var models = (await new OpenAIModelClient(new ApiKeyCredential(host.Key), Options(host)).GetModelsAsync()).Value;
        Assert.Equal(["vigil", "vigil/main", "vigil/other"], models.Select(model => model.Id));
    }

    [Fact]
    public async Task P37_P38_P42_Responses()
    {
        await using var host = await StartAsync();
        var client = new ResponsesClient(new ApiKeyCredential(host.Key), new ResponsesClientOptions { Endpoint = new Uri(host.Address, "/v1") });

        var first = (await client.CreateResponseAsync("vigil/main", "I am Ada.")).Value;
        Assert.Equal((ResponseStatus.Completed, "Hello there."), (first.Status, first.GetOutputText()));
        var second = (await client.CreateResponseAsync("vigil/main", "Who am I?", first.Id)).Value;
        Assert.Equal(first.Id, second.PreviousResponseId);
        Assert.Contains("I am Ada.", host.Models.Requests[^1].Body, StringComparison.Ordinal);

        var text = "";
        var types = new List<Type>();
        await foreach (var update in await client.CreateResponseStreamingAsync("vigil/main", "hi"))
        {
            types.Add(update.GetType());
            if (update is StreamingResponseOutputTextDeltaUpdate delta)
                text += delta.Delta;
        }
        Assert.Equal("Hello there.", text);
        Assert.Equal((typeof(StreamingResponseCreatedUpdate), typeof(StreamingResponseCompletedUpdate)), (types[0], types[^1]));

        Assert.Equal("Hello there.", (await client.GetResponseAsync(first.Id)).Value.GetOutputText());
        Assert.True((await client.DeleteResponseAsync(first.Id)).Value.Deleted);
        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(() => client.GetResponseAsync(first.Id))).Status);
    }

    [Fact]
    public async Task P3_Curl_StreamsLineByLine()
    {
        await using var host = await StartAsync();
        using var curl = Process.Start(new ProcessStartInfo("curl",
        [
            "--no-buffer", "--silent", "--show-error", "--fail-with-body", "--max-time", "60", new Uri(host.Address, "/v1/chat/completions").ToString(), "-H", $"Authorization: Bearer {host.Key}",
            "-H", "Content-Type: application/json", "-d", """{ "model": "vigil/main", "stream": true, "messages": [ { "role": "user", "content": "hi" } ] }""",
        ]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await Task.WhenAll(curl.StandardOutput.ReadToEndAsync(), curl.StandardError.ReadToEndAsync());
        await curl.WaitForExitAsync();

        Assert.True(curl.ExitCode == 0, string.Concat(output));
        var lines = output[0].Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.StartsWith("data: ", line, StringComparison.Ordinal));
        Assert.Contains("\"role\":\"assistant\"", lines[0], StringComparison.Ordinal);
        Assert.Equal("data: [DONE]", lines[^1]);
    }

    private static async Task<ApiHost> StartAsync()
    {
        var host = await ApiHost.StartAsync();
        host.Models.Answer = request => request.BringsToolResults ? FakeModelReply.Say("Warm.")
            : request.ToolNames.Contains("weather") ? FakeModelReply.Call("weather", """{"city":"Oslo"}""")
            : FakeModelReply.Say("Hello there.");
        return host;
    }

    private static OpenAIClientOptions Options(ApiHost host) => new() { Endpoint = new Uri(host.Address, "/v1") };
}
