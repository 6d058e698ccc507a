using System.Net;
using Vigil.Settings;

namespace Vigil.Tests.Settings;

public sealed class ModelDetectionTests : IDisposable
{
    private readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Detect_Settings_WinOverEverything()
    {
        _home.Variable("OPENAI_API_KEY", "sk").Settings("""{ "models": { "default": "anthropic/x" } }""");
        Assert.Equal(("anthropic/x", "settings"), await Detect(Ollama("qwen3")));
    }

    [Theory]
    [InlineData("OPENAI_API_KEY", "openai/")]
    [InlineData("ANTHROPIC_API_KEY", "anthropic/")]
    [InlineData("OPENROUTER_API_KEY", "openrouter/")]
    public async Task Detect_KnownVariable_ChoosesItsProvider(string variable, string begin)
    {
        _home.Variable(variable, "sk");
        var (model, from) = await Detect(Ollama("qwen3"));
        Assert.StartsWith(begin, model, StringComparison.Ordinal);
        Assert.Equal(variable, from);
    }

    [Fact]
    public async Task Detect_SeveralVariables_TakesOpenAIFirst()
    {
        _home.Variable("OPENROUTER_API_KEY", "sk").Variable("ANTHROPIC_API_KEY", "sk").Variable("OPENAI_API_KEY", "sk");
        Assert.Equal("OPENAI_API_KEY", (await Detect(null)).From);
    }

    [Fact]
    public async Task Detect_Ollama_TakesItsFirstModelThatCanChat()
        => Assert.Equal(("ollama/qwen3:8b", "127.0.0.1:11434"), await Detect(Ollama("nomic-embed-text:latest", "qwen3:8b", "llama4")));

    [Fact]
    public async Task Detect_OllamaThatNeverAnswers_IsGivenUpAfterItsLimit()
    {
        var detecting = new ModelDetection(_home.Inputs, _home.Clock, new Silent()).DetectAsync(_home.Monitor.Current, CancellationToken.None);
        // The monitor's own timer, and the limit.
        await _home.Clock.WaitForTimersAsync(2);
        _home.Clock.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Null((await detecting).Model);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("{\"models\":[]}")]
    public async Task Detect_Nothing_SaysExactlyWhatToDo(string body)
    {
        var found = await new ModelDetection(_home.Inputs, _home.Clock, new Fixed(body)).DetectAsync(_home.Monitor.Current, CancellationToken.None);
        Assert.Null(found.Model);
        Assert.Contains("export OPENAI_API_KEY", found.Message, StringComparison.Ordinal);
        Assert.Contains(_home.Home.SettingsFile, found.Message, StringComparison.Ordinal);
    }

    private static Fixed Ollama(params string[] names) => new($$"""{ "models": [{{string.Join(',', names.Select(name => $$"""{ "name": "{{name}}" }"""))}}] }""");

    private async Task<(string? Model, string? From)> Detect(HttpMessageHandler? handler)
    {
        var found = await new ModelDetection(_home.Inputs, _home.Clock, handler ?? new Fixed("")).DetectAsync(_home.Monitor.Current, CancellationToken.None);
        return (found.Model, found.From);
    }

    private sealed class Fixed(string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal("http://127.0.0.1:11434/api/tags", request.RequestUri!.ToString());
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body) });
        }
    }

    private sealed class Silent : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            throw new InvalidOperationException("unreachable");
        }
    }
}
