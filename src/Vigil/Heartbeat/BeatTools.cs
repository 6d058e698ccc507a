using Vigil.Agents;

namespace Vigil.Heartbeat;

/// <summary>
/// What beats are offered beside their own tools. Definitions of tools are most of a small prompt, so by default a beat has the few that checks need and those of the agent's
/// MCP servers; an agent whose settings name its tools has all of those.
/// </summary>
internal static class BeatTools
{
    private static readonly string[] s_few = ["read_file", "edit_file", "web_fetch", "*__*"];

    // A command that ended may have left others that still run.
    private static readonly string[] s_fewAwake = [.. s_few, "command_status"];

    public static IReadOnlyList<string>? Of(AgentProfile profile) => profile.Tools.Allow is null ? s_few : null;

    public static IReadOnlyList<string>? OfWake(AgentProfile profile) => profile.Tools.Allow is null ? s_fewAwake : null;
}
