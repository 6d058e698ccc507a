using Vigil.Settings;

namespace Vigil.Tests.Settings;

public sealed class SettingsReaderTests : IDisposable
{
    private readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Read_Starter_HasNoErrors() => Assert.Empty(_home.SettingsErrors());

    [Fact]
    public void Read_NoFile_GivesDefaults()
    {
        File.Delete(_home.Home.SettingsFile);
        Assert.Equal(new VigilSettings().Gateway.Port, _home.Monitor.Current.Gateway.Port);
        Assert.Equal(TimeSpan.FromMinutes(30), _home.Monitor.Current.Gateway.Heartbeat.Every);
    }

    [Fact]
    public void Read_EveryKindOfValue_IsTaken()
    {
        _home.Settings("""
            // a comment
            {
              "$schema": "./vigil.schema.json",
              "models": { "default": "openai/gpt-5.4", "fallbacks": ["anthropic/claude-sonnet-4.5"],
                          "providers": { "local": { "kind": "openai", "baseUrl": "http://127.0.0.1:11434/v1" } },
                          "prices": { "openai/gpt-5.4": { "input": 1.25, "cachedInput": 0.125, "output": 10 } } },
              "gateway": { "port": 7071, "behindProxy": true,
                           "storage": { "kind": "postgres", "connection": "env:VIGIL_PG" },
                           "heartbeat": { "every": "1h30m", "context": "isolated",
                                          "activeHours": { "start": "08:00", "end": "24:00", "timezone": "Europe/Berlin" } },
                           "hooks": { "bell": {}, "github": { "prompt": "{{action}}", "secret": "env:GH", "signature": "github", "notify": "always" } } },
              "tools": { "allow": [], "shell": { "mode": "allow-list", "allow": ["git"] } },
              "notify": { "owner": ["webhook:phone"], "channels": { "webhook": { "phone": { "url": "http://127.0.0.1:1/", "secret": "env:PHONE" } } } },
              "budget": { "daily": { "usd": 2.5 }, "onExceeded": "cheapest" }, /* trailing comma: */
            }
            """);
        var settings = _home.Monitor.Current;
        Assert.Equal(7071, settings.Gateway.Port);
        Assert.Equal(TimeSpan.FromMinutes(90), settings.Gateway.Heartbeat.Every);
        Assert.Equal(ContextMode.Isolated, settings.Gateway.Heartbeat.Context);
        Assert.Equal(ShellMode.AllowList, settings.Tools.Shell.Mode);
        Assert.Empty(settings.Tools.Allow!);
        Assert.Equal(0.125m, settings.Models.Prices["openai/gpt-5.4"].CachedInput);
        Assert.Equal("env:PHONE", (string?)settings.Notify.Channels["webhook"]["phone"]["secret"]);
        Assert.Equal(NotifyPolicy.Always, settings.Gateway.Hooks["github"].Notify);
        Assert.Equal(2.5m, settings.Budget.Daily!.Usd);
    }

    [Fact]
    public void Read_SeveralErrors_NamesAllWithPlaceBadAndGoodValue()
    {
        _home.Settings("""
            {
              "gatway": {},
              "gateway": {
                "port": 70000,
                "heartbeat": { "every": "soon", "contxt": "light" }
              }
            }
            """);
        var errors = _home.SettingsErrors();
        Assert.Equal([2, 4, 5, 5], errors.Select(error => error.Line));
        Assert.Equal(["gatway", "gateway.port", "gateway.heartbeat.every", "gateway.heartbeat.contxt"], errors.Select(error => error.Key));
        Assert.Equal([3, 13, 29, 37], errors.Select(error => error.Column));
        Assert.Contains("did you mean gateway", errors[0].Problem, StringComparison.Ordinal);
        Assert.Equal("70000", errors[1].BadValue);
        Assert.Equal("\"soon\"", errors[2].BadValue);
        Assert.Equal("\"30m\"", errors[2].GoodValue);
        Assert.Equal("\"context\"", errors[3].GoodValue);
        Assert.All(errors, error => Assert.Equal(_home.Home.SettingsFile, error.File));
    }

    [Theory]
    [InlineData("0m")]
    [InlineData("59s")]
    [InlineData("-5m")]
    [InlineData("half an hour")]
    [InlineData("")]
    public void H9_UnusableInterval_SaysHowToTurnTheHeartbeatOff(string every)
    {
        var error = Only($$"""{ "gateway": { "heartbeat": { "every": "{{every}}" } } }""");
        Assert.Equal("gateway.heartbeat.every", error.Key);
        Assert.Equal("\"30m\"", error.GoodValue);
        Assert.Contains("\"enabled\": false", error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"start\": \"08:00\", \"end\": \"08:00\"", "end")] // H20
    [InlineData("\"start\": \"99:99\", \"end\": \"08:00\"", "start")] // H21
    [InlineData("\"start\": \"9:00\", \"end\": \"18:00\"", "start")]
    [InlineData("\"start\": \"09:00\"", "end")]
    [InlineData("\"end\": \"09:00\"", "start")]
    [InlineData("\"start\": \"24:00\", \"end\": \"08:00\"", "start")] // H19
    [InlineData("\"start\": \"08:00\", \"end\": \"24:01\"", "end")]
    [InlineData("\"start\": \"08:00\", \"end\": \"18:00\", \"timezone\": \"Europe/Berln\"", "timezone")]
    [InlineData("\"days\": { \"mon-fry\": { \"start\": \"08:00\", \"end\": \"18:00\" } }", "days.mon-fry")]
    [InlineData("\"days\": { \"mon\": { \"start\": \"08:00\" } }", "days.mon.end")]
    public void H19ToH21_BadHours_AreOneErrorAtTheirKey(string hours, string key)
    {
        var error = Only($$"""{ "gateway": { "heartbeat": { "activeHours": { {{hours}} } } } }""");
        Assert.Equal("gateway.heartbeat.activeHours." + key, error.Key);
        Assert.Equal(1, error.Line);
        Assert.NotNull(error.GoodValue);
    }

    [Fact]
    public void H21_UnknownZone_SuggestsTheNearOne()
        => Assert.Equal("\"Europe/Berlin\"", Only("""{ "timezone": "Europe/Berln" }""").GoodValue);

    [Fact]
    public void H54_UnknownContext_ListsTheThree()
    {
        var error = Only("""{ "gateway": { "heartbeat": { "context": "lite" } } }""");
        Assert.Contains("light, main, isolated", error.Problem, StringComparison.Ordinal);
        Assert.Equal("\"light\"", error.GoodValue);
    }

    [Theory]
    [InlineData("""{ "gateway": { "heartbeat": { "model": "opnai/gpt-5.4" } } }""", "gateway.heartbeat.model")]
    [InlineData("""{ "gateway": { "heartbeat": { "escalate": "opnai/gpt-5.4" } } }""", "gateway.heartbeat.escalate")]
    [InlineData("""{ "models": { "default": "opnai/gpt-5.4" } }""", "models.default")]
    [InlineData("""{ "models": { "fallbacks": ["ollama/x", "opnai/gpt-5.4"] } }""", "models.fallbacks[1]")]
    [InlineData("""{ "gateway": { "hooks": { "h": { "prompt": "x", "model": "opnai/gpt-5.4" } } } }""", "gateway.hooks.h.model")]
    public void H58_UnknownProvider_IsAnErrorWithTheNearOne(string json, string key)
    {
        var error = Only(json);
        Assert.Equal(key, error.Key);
        Assert.Equal("\"opnai/gpt-5.4\"", error.BadValue);
        Assert.Equal("\"openai/gpt-5.4\"", error.GoodValue);
    }

    [Theory]
    [InlineData("""{ "models": { "providers": { "openai": { "apiKey": "sk-very-secret" } } } }""")]
    [InlineData("""{ "models": { "providers": { "openai": { "headers": { "X-Api-Key": "sk-very-secret" } } } } }""")]
    [InlineData("""{ "models": { "providers": { "openai": { "headers": { "Authorization": "Bearer sk-very-secret" } } } } }""")]
    [InlineData("""{ "models": { "providers": { "openai": { "baseUrl": "https://me:sk-very-secret@example.org/v1" } } } }""")]
    [InlineData("""{ "gateway": { "storage": { "kind": "postgres", "connection": "Host=x;Password=sk-very-secret" } } }""")]
    [InlineData("""{ "notify": { "channels": { "telegram": { "bot": { "token": "sk-very-secret" } } } } }""")]
    [InlineData("""{ "mcp": { "git": { "command": "x", "environment": { "GITHUB_TOKEN": "sk-very-secret" } } } }""")]
    [InlineData("""{ "gateway": { "hooks": { "h": { "prompt": "x", "secret": "sk-very-secret" } } } }""")]
    [InlineData("""{ "models": { "providers": { "openai": { "apiKey": sk-very-secret } } } }""")]
    [InlineData("""{ "models": { "providers": "sk-very-secret" } }""")]
    public void Read_InlineSecret_IsRefusedWithoutBeingShown(string json)
    {
        var error = Only(json);
        Assert.DoesNotContain("sk-very", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "defaultAgent": "mian" }""", "defaultAgent")]
    [InlineData("""{ "gateway": { "hooks": { "h": { "prompt": "x", "agent": "mian" } } } }""", "gateway.hooks.h.agent")]
    public void Read_UnknownAgent_SuggestsTheNearOne(string json, string key)
    {
        var error = Only(json);
        Assert.Equal((key, "\"mian\"", "\"main\""), (error.Key, error.BadValue, error.GoodValue));
    }

    [Theory]
    [InlineData("{ \"gateway\": { \"port\": \"7070\" } }", "gateway.port")]
    [InlineData("{ \"gateway\": { \"port\": 7070.5 } }", "gateway.port")]
    [InlineData("{ \"gateway\": { \"behindProxy\": \"yes\" } }", "gateway.behindProxy")]
    [InlineData("{ \"gateway\": { \"bind\": \"everywhere\" } }", "gateway.bind")]
    [InlineData("{ \"gateway\": [] }", "gateway")]
    [InlineData("{ \"models\": { \"default\": \"gpt\" } }", "models.default")]
    [InlineData("{ \"models\": { \"prices\": { \"gpt\": { \"input\": 1, \"output\": 1 } } } }", "models.prices.gpt")]
    [InlineData("{ \"models\": { \"providers\": { \"local\": { \"kind\": \"openai\" } } } }", "models.providers.local.baseUrl")]
    [InlineData("{ \"models\": { \"providers\": { \"local\": { \"baseUrl\": \"http://127.0.0.1:1\" } } } }", "models.providers.local.kind")]
    [InlineData("{ \"models\": { \"providers\": { \"s\": { \"kind\": \"scripted\", \"script\": \"../x.json\" } } } }", "models.providers.s.script")]
    [InlineData("{ \"gateway\": { \"storage\": { \"kind\": \"postgres\" } } }", "gateway.storage.connection")]
    [InlineData("{ \"gateway\": { \"tls\": { \"key\": \"k.pem\" } } }", "gateway.tls.certificate")]
    [InlineData("{ \"notify\": { \"owner\": [\"webhook:phone\"] } }", "notify.owner[0]")]
    [InlineData("{ \"notify\": { \"quietHours\": { \"start\": \"22:00\" } } }", "notify.quietHours.end")]
    [InlineData("{ \"budget\": { \"daily\": { } } }", "budget.daily")]
    [InlineData("{ \"budget\": { \"daily\": { \"usd\": 2 }, \"hardDaily\": { \"usd\": 1 } } }", "budget.hardDaily.usd")]
    [InlineData("{ \"budget\": { \"daily\": { \"usd\": -1 } } }", "budget.daily.usd")]
    [InlineData("{ \"mcp\": { \"x\": { } } }", "mcp.x.command")]
    [InlineData("{ \"mcp\": { \"x\": { \"command\": \"a\", \"url\": \"http://b\" } } }", "mcp.x.url")]
    [InlineData("{ \"plugins\": [\"../evil.dll\"] }", "plugins[0]")]
    [InlineData("{ \"gateway\": { \"port\": 1, \"port\": 2 } }", "gateway.port")]
    [InlineData("{ \"gateway\": { \"heartbeat\": { \"$schema\": \"x\" } } }", "gateway.heartbeat.$schema")]
    public void Read_BadValue_IsOneErrorAtItsKey(string json, string key) => Assert.Equal(key, Only(json).Key);

    [Theory]
    [InlineData("", 1)]
    [InlineData("{\n  \"gateway\": {\n", 3)]
    [InlineData("{\n  \"gateway\": { \"port\" 1 }\n}", 2)]
    [InlineData("[]", 1)]
    [InlineData("{} {}", 1)]
    public void Read_NoJson_NamesTheLine(string text, int line) => Assert.Equal(line, Only(text).Line);

    [Fact]
    public void Read_ColumnAfterWideCharacters_CountsCharacters()
        => Assert.Equal((1, 14), Only("{ /* äöü€ */ \"x\": 1 }") is var error ? (error.Line, error.Column) : default);

    [Fact]
    public void Read_InvalidUtf8_IsAnError()
    {
        File.WriteAllBytes(_home.Home.SettingsFile, [(byte)'{', 0xFF, (byte)'}']);
        Assert.Equal("is no UTF-8 text", Assert.Single(_home.SettingsErrors()).Problem);
    }

    [Fact]
    public void Open_BrokenFileAtFirstStart_ListsEverything()
    {
        _home.Settings("""{ "gateway": { "port": -1 }, "timezone": "Nowhere" }""");
        var fault = _home.OpeningFault();
        Assert.Equal("settings_broken", fault.Code);
        Assert.Contains("gateway.port", fault.Message, StringComparison.Ordinal);
        Assert.Contains("timezone", fault.Message, StringComparison.Ordinal);
    }

    private SettingsError Only(string json)
    {
        _home.Settings(json);
        return Assert.Single(_home.SettingsErrors());
    }
}
