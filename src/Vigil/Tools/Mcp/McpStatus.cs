using Vigil.Agents;

namespace Vigil.Tools.Mcp;

/// <summary>Whether an MCP server runs.</summary>
public enum McpServerState
{
    /// <summary>Not started yet, or stopped because nobody used it; the next call starts it.</summary>
    Idle,
    Starting,
    Running,

    /// <summary>It failed; it is tried again when <see cref="McpServerStatus.RetryAt"/> has come and somebody calls.</summary>
    Failed,
}

/// <summary>How one MCP server of one agent is, for people.</summary>
/// <param name="Errors">The last lines that it wrote to standard error, without the secrets that it was given.</param>
public sealed record McpServerStatus(
    AgentId Agent, string Server, McpServerState State, int Tools, DateTimeOffset? StartedAt, DateTimeOffset? RetryAt, string? Problem, IReadOnlyList<string> Errors);

/// <summary>The MCP servers that agents have used.</summary>
public interface IMcpStatus
{
    /// <summary>Sorted by agent and server.</summary>
    IReadOnlyList<McpServerStatus> Status();
}
