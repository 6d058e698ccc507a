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

    public ToolDefinition Definition { get; } = new(NameOf(key.Server, tool.Name), Described(tool), tool.InputSchema) { Outside = true };

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

    private static string Described(Tool tool)
    {
        var text = tool.Description ?? tool.Title ?? tool.Name;
        return text.Length <= LongestDescription ? text : text[..LongestDescription] + "…";
    }

    [GeneratedRegex("[^A-Za-z0-9_-]")]
    private static partial Regex Illegal();
}
