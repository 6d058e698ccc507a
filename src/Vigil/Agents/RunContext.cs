namespace Vigil.Agents;

/// <summary>Who is running: passed as a parameter everywhere. Immutable.</summary>
public sealed record RunContext
{
    public required AgentProfile Profile { get; init; }

    public required SessionKey Session { get; init; }

    public required string RunId { get; init; }

    public string? WorkId { get; init; }

    /// <summary>What asked for it: chat, heartbeat, cron, task, wake, run, subagent.</summary>
    public required string Source { get; init; }

    /// <summary>The API key that asked for it, by its family; a daily limit of the key holds for what the run spends.</summary>
    public string? Key { get; init; }

    /// <summary>How deep this run is below the work or chat that a person or timer began.</summary>
    public int Depth { get; init; }

    /// <summary>Agents that wait for this run's answer, the first asker first.</summary>
    public IReadOnlyList<AgentId> AskedBy { get; init; } = [];

    public AgentId Agent => Profile.Id;
}

/// <summary>
/// The one AsyncLocal: for code that cannot take a parameter (log enrichers, foreign tool functions). Nothing authorises by it.
/// A nested scope restores the outer one; after the outermost is disposed nothing is left, also in flows that were started inside it.
/// </summary>
public static class RunScope
{
    private static readonly AsyncLocal<Holder?> s_current = new();

    public static RunContext? Current => s_current.Value?.Context;

    public static IDisposable Enter(RunContext context)
    {
        var holder = new Holder { Context = context, Outer = s_current.Value };
        s_current.Value = holder;
        return holder;
    }

    // The flow copies the reference, not the content: clearing the content reaches flows that outlive the run.
    private sealed class Holder : IDisposable
    {
        public RunContext? Context { get; set; }

        public Holder? Outer { get; init; }

        public void Dispose()
        {
            Context = null;
            if (s_current.Value == this)
                s_current.Value = Outer;
        }
    }
}
