using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ModelContextProtocol.Protocol;
using Vigil.Settings;

namespace Vigil.Tools.Mcp;

/// <summary>One tool of one server. It stays callable while the server is down: the call then starts it, or says why it cannot.</summary>
internal sealed partial class McpTool(McpServers servers, McpKey key, McpServerSettings settings, Tool tool) : ITool
{
    private const int LongestName = 64;
    private const int LongestDescription = 2000;

    // A server's list of tools is kept while it is connected; this object is made for each run.
    private static readonly ConditionalWeakTable<Tool, ToolDefinition> s_definitions = [];

    public ToolDefinition Definition { get; } = s_definitions.TryGetValue(tool, out var known) ? known : Define(key.Server, tool);

    public static string NameOf(string server, string tool)
    {
        var name = Illegal().Replace($"{server}__{tool}", "_");
        if (name.Length <= LongestName)
            return name;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8];
        return $"{name[..(LongestName - hash.Length - 1)]}_{hash}";
    }

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var arguments = call.Arguments.EnumerateObject().ToDictionary(field => field.Name, field => (object?)field.Value, StringComparer.Ordinal);
        return await servers.Connection(key, settings).CallAsync(tool.Name, arguments, cancellationToken);
    }

    private static ToolDefinition Define(string server, Tool tool)
        => s_definitions.GetValue(tool, one => new(NameOf(server, one.Name), Described(one), one.InputSchema) { Outside = true });

    private static string Described(Tool tool)
    {
        var text = tool.Description ?? tool.Title ?? tool.Name;
        return text.Length <= LongestDescription ? text : text[..LongestDescription] + "…";
    }

    [GeneratedRegex("[^A-Za-z0-9_-]")]
    private static partial Regex Illegal();
}
