using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Tools;

namespace Vigil.Heartbeat.Probes;

/// <summary><c>{ "kind": "mcp", "server": "mail", "tool": "count_unread", "arguments": {} }</c>: the result of a tool of one of the agent's MCP servers.</summary>
internal sealed class McpProbe(IEnumerable<IToolProvider> providers, TimeProvider time) : IProbe
{
    public string Kind => "mcp";

    public string? Check(AgentProfile profile, JsonObject settings)
    {
        if (settings.Text("server") is not { } server || settings.Text("tool") is null)
            return "'server' and 'tool' must name a tool of an MCP server";
        return profile.Mcp.ContainsKey(server) ? null : $"'server' is '{server}', which is none of the agent's MCP servers";
    }

    public async Task<ProbeReading> ReadAsync(ProbeRequest request, CancellationToken cancellationToken)
    {
        if (Check(request.Profile, request.Settings) is { } problem)
            throw new ProbeException(problem);
        var run = new RunContext { Profile = request.Profile, Session = BeatState.Session(request.Profile.Id), RunId = NewId.Run(time), Source = "heartbeat" };
        var name = $"{request.Settings.Text("server")}__{request.Settings.Text("tool")}";
        foreach (var provider in providers)
        {
            var tools = await provider.ToolsAsync(run, cancellationToken);
            if (tools.FirstOrDefault(tool => tool.Definition.Name == name) is not { } tool)
                continue;
            var arguments = request.Settings["arguments"] is JsonObject given ? given : [];
            var result = await tool.CallAsync(new ToolCall(run, $"probe-{request.Name}", name, JsonSerializer.SerializeToElement(arguments)), cancellationToken);
            return result.IsError ? throw new ProbeException(result.Text) : new ProbeReading(Hashes.Of(result.Text), result.Text);
        }
        throw new ProbeException($"the server {request.Settings.Text("server")} has no tool '{request.Settings.Text("tool")}', or cannot be reached");
    }
}
