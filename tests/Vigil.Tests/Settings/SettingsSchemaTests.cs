using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Settings.Reading;

namespace Vigil.Tests.Settings;

public sealed class SettingsSchemaTests
{
    [Fact]
    public void Schema_EveryKey_IsDescribedAndClosed()
    {
        foreach (var text in new[] { SettingsSchema.OfSettings(), SettingsSchema.OfAgent() })
            AssertClosed(JsonNode.Parse(text)!.AsObject(), "");
    }

    [Theory]
    [InlineData("gateway.port", "default", "7070")]
    [InlineData("gateway.port", "maximum", "65535")]
    [InlineData("gateway.heartbeat.every", "default", "\"30m\"")]
    [InlineData("gateway.heartbeat.context", "default", "\"light\"")]
    [InlineData("gateway.heartbeat.context", "enum", "[\"light\",\"main\",\"isolated\",null]")]
    [InlineData("tools.shell.mode", "enum", "[\"off\",\"allow-list\",null]")]
    [InlineData("models.default", "pattern", "\"^[^/\\\\s]\\u002B/\\\\S\\u002B$\"")]
    public void Schema_Key_SaysWhatTheReaderTakes(string key, string member, string json)
    {
        JsonNode schema = JsonNode.Parse(SettingsSchema.OfSettings())!;
        foreach (var name in key.Split('.'))
            schema = schema["properties"]![name]!;
        Assert.Equal(JsonNode.Parse(json)!.ToJsonString(), schema[member]!.ToJsonString());
    }

    [Fact]
    public void Schema_Patterns_TakeTheExamplesAndDefaultsOfTheReader()
    {
        foreach (var format in Enum.GetValues<TextFormat>())
        {
            var form = TextFormats.Of(format);
            foreach (var example in form.Example.Split(" or ").Where(_ => form.Pattern is not null))
                Assert.Matches(new Regex(form.Pattern!), example.Trim('"'));
        }
    }

    [Fact]
    public void Starter_Files_PointAtTheirSchemas()
    {
        using var home = new TempHome();
        Assert.True(File.Exists(home.Home.SettingsSchema));
        Assert.Contains("\"./vigil.schema.json\"", File.ReadAllText(home.Home.SettingsFile), StringComparison.Ordinal);
        var reference = Regex.Match(File.ReadAllText(home.Home.AgentFile(AgentId.Main)), "\"\\$schema\": \"([^\"]+)\"").Groups[1].Value;
        Assert.Equal(home.Home.AgentSchema, Path.GetFullPath(reference, home.Home.AgentDirectory(AgentId.Main)));
    }

    [Fact]
    public void Defaults_EveryOne_IsAcceptedByTheReader()
    {
        var errors = new List<SettingsError>();
        var json = new JsonObject();
        Fill(json, SettingShape.Of<VigilSettings>());
        var tree = JsonText.Parse(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()), new SettingsLayer("test", "test"), errors)!;
        var findings = new Findings(tree);
        var bound = new Binder(findings).Bind<VigilSettings>(tree);
        Assert.Empty(findings.Errors);
        Assert.Equal(ProfileText(new VigilSettings()), ProfileText(bound));
    }

    private static string ProfileText(VigilSettings settings) => System.Text.Json.JsonSerializer.Serialize(settings);

    private static void Fill(JsonObject json, ObjectShape shape)
    {
        foreach (var key in shape.Keys)
        {
            if (key.Shape is ObjectShape inner && key.Default is not null)
                Fill((json[key.Name] = new JsonObject()).AsObject(), inner);
            else if (SettingsSchema.DefaultOf(key) is { } value)
                json[key.Name] = value;
        }
    }

    private static void AssertClosed(JsonObject schema, string path)
    {
        if (schema["properties"] is JsonObject properties)
        {
            Assert.False((bool)schema["additionalProperties"]!, path);
            foreach (var (name, value) in properties)
            {
                Assert.True(name == "$schema" || value!["description"] is not null, $"{path}.{name} has no description");
                AssertClosed(value!.AsObject(), $"{path}.{name}");
            }
        }
        else if (schema["additionalProperties"] is JsonObject values)
        {
            AssertClosed(values, $"{path}.NAME");
        }
    }
}
