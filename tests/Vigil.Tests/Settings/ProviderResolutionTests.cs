using Vigil.Models;
using Vigil.Settings;

namespace Vigil.Tests.Settings;

public sealed class ProviderResolutionTests : IDisposable
{
    private readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Find_BuiltInProvider_NeedsOnlyItsVariable()
    {
        var options = Find("main", "openai", _home.Variable("OPENAI_API_KEY", "sk-gateway")).Options!;
        Assert.Equal(("openai", "https://api.openai.com/v1", "sk-gateway"), (options.Kind, options.BaseUrl!.ToString(), options.ApiKey));
        Assert.Contains("ANTHROPIC_API_KEY", Find("main", "anthropic").Problem, StringComparison.Ordinal);
        Assert.Null(Find("main", "ollama").Options!.ApiKey);
    }

    [Fact]
    public void A7_AgentThatOverridesOnlyItsModel_HasTheSameCredentialsAndAddress()
    {
        _home.Settings("""{ "models": { "providers": { "openai": { "baseUrl": "http://127.0.0.1:9/v1", "apiKey": "env:GATEWAY_KEY" } } } }""");
        _home.Variable("GATEWAY_KEY", "sk-gateway").Agent("coder", """{ "model": "openai/other" }""");
        Assert.Equal(Find("main", "openai").Options, Find("coder", "openai").Options);
        Assert.Equal("sk-gateway", Find("coder", "openai").Options!.ApiKey);
    }

    [Theory]
    [InlineData("""{ "providers": { "openai": { "apiKey": "file:openai.key" } } }""", "file:openai.key")]
    [InlineData("""{ "providers": { "openai": { "apiKey": "env:KEY_OF_B" } } }""", "KEY_OF_B")]
    [InlineData("""{ "providers": { "openai": { } } }""", "without a key")]
    public void A15_MissingSecretOfAnAgent_FailsClosedAndNamesTheReference(string json, string named)
    {
        _home.Variable("OPENAI_API_KEY", "sk-gateway").Secret("a/openai.key", "sk-of-a").Agent("a").Agent("b", json);
        var lookup = Find("b", "openai");
        Assert.Null(lookup.Options);
        Assert.Contains(named, lookup.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A16_TwoAgentsWithTheirOwnKeys_EachHaveTheirOwn()
    {
        const string own = """{ "providers": { "openai": { "apiKey": "file:openai.key" } } }""";
        _home.Secret("a/openai.key", "sk-of-a").Secret("b/openai.key", "sk-of-b").Agent("a", own).Agent("b", own);
        Assert.Equal(("sk-of-a", "sk-of-b"), (Find("a", "openai").Options!.ApiKey, Find("b", "openai").Options!.ApiKey));
    }

    [Fact]
    public void A16_EnvironmentSetting_DoesNotReplaceAnAgentsOwnKey()
    {
        _home.Variable("VIGIL__MODELS__PROVIDERS__OPENAI__APIKEY", "env:OTHER").Variable("OTHER", "sk-other");
        _home.Secret("a/openai.key", "sk-of-a").Agent("a", """{ "providers": { "openai": { "apiKey": "file:openai.key" } } }""");
        Assert.Equal(("sk-of-a", "sk-other"), (Find("a", "openai").Options!.ApiKey, Find("main", "openai").Options!.ApiKey));
    }

    [Fact]
    public void Find_AgentWithAnotherAddress_DoesNotSendTheGatewaysKeyThere()
    {
        _home.Settings("""{ "models": { "providers": { "openai": { "apiKey": "env:GATEWAY_KEY", "headers": { "X-Api-Key": "env:GATEWAY_KEY" } } } } }""");
        _home.Variable("GATEWAY_KEY", "sk-gateway").Agent("b", """{ "providers": { "openai": { "baseUrl": "http://127.0.0.1:9/v1" } } }""");
        var options = Find("b", "openai").Options!;
        Assert.Null(options.ApiKey);
        Assert.Empty(options.Headers);
    }

    [Fact]
    public void Find_HeaderWithAReference_IsFilledIn()
    {
        _home.Settings("""{ "models": { "providers": { "local": { "kind": "openai", "baseUrl": "http://127.0.0.1:9/v1", "headers": { "Authorization": "Bearer env:TOKEN", "X-Team": "blue" } } } } }""");
        var headers = Find("main", "local", _home.Variable("TOKEN", "the-token")).Options!.Headers;
        Assert.Equal(("Bearer the-token", "blue"), (headers["Authorization"], headers["X-Team"]));
    }

    [Fact]
    public void Find_UnknownProvider_SaysWhereToAddIt() => Assert.Contains(_home.Home.SettingsFile, Find("main", "nowhere").Problem, StringComparison.Ordinal);

    private ProviderLookup Find(string agent, string provider, TempHome? _ = null)
        => new ProviderResolution(_home.Home, new Secrets(_home.Inputs, _home.Redaction)).Find(provider, _home.Profile(agent));
}
