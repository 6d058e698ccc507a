using Vigil.Agents;
using Vigil.Cron;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Tools.Files;
using Vigil.Tools.Memory;
using Vigil.Tools.Shell;
using Vigil.Tools.Spawn;
using Vigil.Tools.Web;

namespace Vigil.Tools;

/// <summary>The tools that every agent has unless its profile takes them away.</summary>
internal sealed class BuiltInTools(
    VigilHome home, ISecrets secrets, IMemoryIndex memory, GuardedConnections connections, Lazy<ISessionStore> sessions, Lazy<ISpawner?> spawner,
    Lazy<Schedules?> schedules, Lazy<BackgroundCommands?> background, TimeProvider time) : IToolProvider
{
    private readonly IReadOnlyList<ITool> _always =
    [
        new ReadFileTool(home),
        new WriteFileTool(home),
        new EditFileTool(home),
        new ListFilesTool(home),
        new SearchFilesTool(home),
        new MemoryWriteTool(home, time),
        new MemorySearchTool(memory),
        new WebFetchTool(connections, time),
        new CurrentTimeTool(time),
        new SessionSearchTool(sessions),
    ];

    private readonly SpawnLimits _limits = new();

    public ValueTask<IReadOnlyList<ITool>> ToolsAsync(RunContext run, CancellationToken cancellationToken)
    {
        var tools = new List<ITool>(_always);
        // Turning the mode on and listing programs is the allowing by name that a tool of this kind needs.
        if (run.Profile.Tools.Shell is { Mode: ShellMode.AllowList, Allow.Count: > 0 } shell)
        {
            var owner = Background(run, shell);
            tools.Add(new ShellTool(home, secrets, time, shell, owner));
            if (owner is not null)
                tools.Add(new CommandStatusTool(owner, time));
        }
        if (ScheduleTool.IsFor(run) && schedules.Value is { } known)
            tools.Add(new ScheduleTool(known, run.Profile.Tools.Schedules));
        if (run.Depth >= SpawnLimits.Deepest || spawner.Value is null)
            return ValueTask.FromResult<IReadOnlyList<ITool>>(tools);
        tools.Add(new SpawnTool(spawner, _limits));
        // Naming whom it may ask is the allowing by name.
        if (run.Profile.MayAsk is { Count: > 0 } mayAsk)
            tools.Add(new AskAgentTool(spawner, _limits, mayAsk));
        return ValueTask.FromResult<IReadOnlyList<ITool>>(tools);
    }

    // What ends in the background is told by a wake, and an agent whose heartbeat is off has none.
    private BackgroundCommands? Background(RunContext run, ShellSettings shell)
        => run.Profile.Heartbeat.Enabled && shell.Background.Most > 0 ? background.Value : null;
}
