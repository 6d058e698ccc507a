using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Plugins;
using Vigil.Settings;
using Vigil.Tests.Settings;

namespace Vigil.Tests.Plugins;

public sealed class PluginSettingsTests
{
    [Fact]
    public void Read_GivesTheRecordWithItsDefaults()
    {
        Assert.Equal(new Crm("https://crm.example", 3), Of("""{ "url": "https://crm.example" }""").Read<Crm>());
        Assert.Equal(new Crm("https://crm.example", 5), Of("""{ "url": "https://crm.example", "tries": 5 }""").Read<Crm>());
    }

    [Theory]
    [InlineData("""{ "url": "https://crm.example", "trys": 5 }""", "trys")]
    [InlineData("""{ "url": "https://crm.example", "tries": "many" }""", "tries")]
    public void Read_WhatIsWrong_IsNamed(string json, string named)
        => Assert.Contains(named, Assert.Throws<JsonException>(Of(json).Read<Crm>).Message, StringComparison.Ordinal);

    [Fact]
    public void Secret_IsResolvedAsTheGatewaysOwnAndAMissingOneIsNamed()
    {
        var settings = Of("{}");
        Assert.Equal("s3cret", settings.Secret("file:crm.key"));
        Assert.Null(settings.Secret(null));
        Assert.Contains("file:none.key", Assert.Throws<InvalidOperationException>(() => settings.Secret("file:none.key")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void VigilJson_SettingsOfAPluginThatIsNotListed_AreAnError()
    {
        using var home = new TempHome();
        home.Settings("""{ "plugins": ["Crm.dll"], "pluginSettings": { "Crn.dll": {} } }""");
        var error = Assert.Single(home.SettingsErrors());
        Assert.Equal(("pluginSettings.\"Crn.dll\"", "\"Crm.dll\""), (error.Key, error.GoodValue));
    }

    [Fact]
    public void VigilJson_ASecretWrittenIntoPluginSettings_IsRefusedAndNotShown()
    {
        using var home = new TempHome();
        home.Settings("""{ "plugins": ["Crm.dll"], "pluginSettings": { "Crm.dll": { "apiKey": "hunter2" } } }""");
        var error = Assert.Single(home.SettingsErrors());
        Assert.Contains("holds the secret itself", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    private static PluginSettings Of(string json) => new(JsonNode.Parse(json)!.AsObject(), new OneSecret());

    private sealed record Crm(string Url, int Tries = 3);

    private sealed class OneSecret : ISecrets
    {
        public SecretResult Resolve(string reference, AgentId? agent) => reference == "file:crm.key" && agent is null ? new SecretResult("s3cret", null) : new SecretResult(null, $"{reference} is missing.");
    }
}
