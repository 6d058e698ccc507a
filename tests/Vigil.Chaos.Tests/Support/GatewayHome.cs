using System.Text.Json.Nodes;
using Vigil.Testing.Models;

namespace Vigil.Chaos.Tests.Support;

/// <summary>The home of the gateways of one test, with a model server and a receiver in its settings.</summary>
internal sealed class GatewayHome : IDisposable
{
    public GatewayHome(FakeModelServer model, WebhookReceiver? receiver = null, string? postgres = null, string? schema = null)
    {
        var gateway = new JsonObject
        {
            ["heartbeat"] = new JsonObject { ["enabled"] = false },
            ["work"] = new JsonObject { ["attempts"] = 100, ["lease"] = "3s" },
        };
        if (postgres is not null)
        {
            gateway["storage"] = new JsonObject { ["kind"] = "postgres", ["connection"] = "env:CHAOS_PG", ["schema"] = schema };
            Environment["CHAOS_PG"] = postgres;
        }
        var settings = new JsonObject
        {
            ["models"] = new JsonObject
            {
                ["default"] = "fake/chaos",
                ["providers"] = new JsonObject { ["fake"] = new JsonObject { ["kind"] = "openai", ["baseUrl"] = model.OpenAIUrl.ToString() } },
            },
            ["gateway"] = gateway,
            ["tools"] = new JsonObject { ["shell"] = new JsonObject { ["mode"] = "allow-list", ["allow"] = new JsonArray("sh") } },
            ["notify"] = new JsonObject { ["perDay"] = 100_000 },
        };
        if (receiver is not null)
        {
            settings["notify"]!["owner"] = new JsonArray("webhook:phone");
            settings["notify"]!["channels"] = new JsonObject
            {
                ["webhook"] = new JsonObject { ["phone"] = new JsonObject { ["url"] = receiver.Address.ToString(), ["allowPrivate"] = true } },
            };
        }
        File.WriteAllText(Path.Combine(Root, "vigil.json"), settings.ToJsonString());
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("vigil-chaos-").FullName;

    public Dictionary<string, string> Environment { get; } = [];

    public string Database => Path.Combine(Root, "vigil.db");

    public string Workspace => Path.Combine(Root, "agents", "main", "workspace");

    /// <summary>What tools have written to their log, a line for each start.</summary>
    public IReadOnlyList<string> ToolLog => File.Exists(Path.Combine(Workspace, "tools.log")) ? File.ReadAllLines(Path.Combine(Workspace, "tools.log")) : [];

    public string Key => File.ReadAllText(Path.Combine(Root, "secrets", "gateway.key")).Trim();

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
