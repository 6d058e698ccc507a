using Vigil.Settings;

namespace Vigil.Tests.Settings;

public sealed class LayerTests : IDisposable
{
    private readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Precedence_EveryLayer_WinsOverTheOneBelow()
    {
        _home.Settings("""{ "gateway": { "port": 1111, "work": { "slots": 11, "attempts": 2 }, "heartbeat": { "every": "11m" } }, "models": { "default": "openai/file" } }""");
        _home.Variable("VIGIL__GATEWAY__PORT", "2222").Variable("VIGIL__GATEWAY__WORK__SLOTS", "22").Variable("vigil__models__default", "openai/environment");
        _home.Set("gateway.port=3333").Set("gateway.heartbeat.every=33m");
        _home.Agent("coder", """{ "heartbeat": { "every": "44m", "context": "main" }, "model": "openai/agent" }""");

        var settings = _home.Monitor.Current;
        Assert.Equal((3333, 22, 2), (settings.Gateway.Port, settings.Gateway.Work.Slots, settings.Gateway.Work.Attempts));
        var coder = _home.Profile("coder");
        Assert.Equal((TimeSpan.FromMinutes(33), ContextMode.Main, "openai/environment"), (coder.Heartbeat.Every, coder.Heartbeat.Context, coder.Model));
        Assert.Equal("default", coder.ModelDecidedBy);
    }

    [Fact]
    public void Environment_NamesOfProviders_TakeTheSpellingOfTheFile()
    {
        _home.Settings("""{ "models": { "providers": { "my-llm": { "kind": "openai", "baseUrl": "http://127.0.0.1:1/v1" } } } }""");
        _home.Variable("VIGIL__MODELS__PROVIDERS__MY_LLM__BASE_URL", "http://127.0.0.1:2/v1").Variable("VIGIL__MODELS__PROVIDERS__OLLAMA__TIMEOUT", "5m");
        var providers = _home.Monitor.Current.Models.Providers;
        Assert.Equal("http://127.0.0.1:2/v1", providers["my-llm"].BaseUrl);
        Assert.Equal(TimeSpan.FromMinutes(5), providers["ollama"].Timeout);
    }

    [Fact]
    public void Overrides_ListsAndObjects_AreReadAsCommasOrJson()
    {
        _home.Settings("""{ "models": { "fallbacks": ["openai/a"] }, "gateway": { "heartbeat": { "every": "10m" } } }""");
        _home.Variable("VIGIL__MODELS__FALLBACKS", "openai/b, openai/c").Variable("VIGIL__GATEWAY__HEARTBEAT", """{ "model": "openai/d" }""");
        _home.Set("""models.prices."openai/gpt-5.4".input=3""").Set("plugins=[\"A.dll\"]");
        var settings = _home.Monitor.Current;
        Assert.Equal(["openai/b", "openai/c"], settings.Models.Fallbacks);
        Assert.Equal((TimeSpan.FromMinutes(10), "openai/d"), (settings.Gateway.Heartbeat.Every, settings.Gateway.Heartbeat.Model));
        Assert.Equal(3, settings.Models.Prices["openai/gpt-5.4"].Input);
        Assert.Equal(["A.dll"], settings.Plugins);
    }

    [Theory]
    [InlineData("VIGIL__GATWAY__PORT", "1", "gatway")]
    [InlineData("VIGIL__GATEWAY__PORT", "many", "gateway.port")]
    [InlineData("VIGIL__GATEWAY__PORT__DEEP", "1", "gateway.port.DEEP")]
    [InlineData("VIGIL__GATEWAY", "{ \"port\": }", "gateway")]
    public void Environment_BadVariable_IsNamed(string variable, string value, string key)
    {
        var error = Assert.Single(_home.Variable(variable, value).SettingsErrors());
        Assert.Equal(($"environment variable {variable}", key, 0), (error.File, error.Key, error.Line));
    }

    [Theory]
    [InlineData("gateway.port")]
    [InlineData("=1")]
    [InlineData("gateway..port=1")]
    [InlineData("gateway.prt=1")]
    public void CommandLine_BadPair_IsAnError(string pair) => Assert.Single(_home.Set(pair).SettingsErrors());

    [Fact]
    public void Environment_InlineSecret_IsNotShown()
    {
        var error = Assert.Single(_home.Variable("VIGIL__MODELS__PROVIDERS__OPENAI__APIKEY", "sk-very-secret").SettingsErrors());
        Assert.DoesNotContain("sk-very", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Null_AtAnyLayer_ResetsToTheDefault()
    {
        _home.Settings("""{ "gateway": { "port": 1111, "heartbeat": { "activeHours": { "start": "08:00", "end": "20:00" } } }, "mcp": { "git": { "command": "git-mcp" } } }""");
        _home.Set("gateway.port=null");
        _home.Agent("owl", """{ "heartbeat": { "activeHours": null }, "mcp": { "git": null } }""");
        Assert.Equal(7070, _home.Monitor.Current.Gateway.Port);
        Assert.Null(_home.Profile("owl").Heartbeat.ActiveHours);
        Assert.Empty(_home.Profile("owl").Mcp);
        Assert.NotNull(_home.Profile("main").Heartbeat.ActiveHours);
    }

    [Fact]
    public void DetectedModel_IsBelowEveryFile_AndStaysOverReloads()
    {
        _home.Monitor.UseDetectedModel("ollama/qwen3");
        Assert.Equal("ollama/qwen3", _home.Profile("main").Model);
        Assert.Equal("detected", _home.Agents.Origins(Vigil.Agents.AgentId.Main)["model"]);
        _home.Settings("""{ "gateway": { "port": 1 } }""");
        _home.Wait();
        Assert.Equal((1, "ollama/qwen3"), (_home.Monitor.Current.Gateway.Port, _home.Profile("main").Model));
        _home.Settings("""{ "models": { "default": "openai/x" } }""");
        _home.Wait();
        Assert.Equal("openai/x", _home.Profile("main").Model);
    }
}
