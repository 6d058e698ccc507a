using System.Globalization;
using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>Profiles of the agents that were used last; the others are names in a list.</summary>
/// <param name="most">How many profiles are kept; above it those go that were not used for longest.</param>
internal sealed class AgentRegistry(VigilHome home, AgentDirectories directories, SettingsMonitor settings, TimeProvider time, int most = AgentRegistry.Most) : IAgentRegistry, IReloadPart
{
    /// <summary>Some kilobytes each.</summary>
    public const int Most = 5_000;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    /// <summary>Files looked at in one tick; with more agents in use, a change that nobody asks for is told of a little later.</summary>
    private const int Slice = 500;

    private readonly AgentEntries _entries = new(home, most);
    private readonly AgentStarter _starter = new(home);
    private readonly Queue<AgentEntry> _round = new();

    public IReadOnlyList<SettingsError> Strays => directories.Strays;

    public IEnumerable<SettingsError> Errors => _entries.All.SelectMany(entry => entry.Errors);

    /// <summary>Profiles in memory.</summary>
    public int Kept => _entries.All.Count;

    public AgentLookup Find(AgentId agent)
        => Exists(agent) ? _entries.Of(agent).Look(settings.Snapshot, time, Pace) : new AgentLookup { Unknown = NotFound(agent) };

    public AgentLookup Peek(AgentId agent)
        => Exists(agent) ? (_entries.Known(agent) ?? _entries.Fresh(agent)).Look(settings.Snapshot, time, Pace) : new AgentLookup { Unknown = NotFound(agent) };

    public AgentFileMark? MarkOf(AgentId agent)
    {
        var file = new FileInfo(home.AgentFile(agent));
        return file.Exists ? new AgentFileMark(file.LastWriteTimeUtc, file.Length) : default(AgentFileMark);
    }

    public bool Exists(AgentId agent) => directories.Exists(agent);

    public IReadOnlyList<AgentId> Ids(string? after = null, int limit = int.MaxValue)
    {
        var ids = directories.Ids;
        if (after is null && limit >= ids.Count)
            return ids;
        // The first id above "after".
        var (low, high) = (0, ids.Count);
        while (after is not null && low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(ids[middle].Value, after) <= 0)
                low = middle + 1;
            else
                high = middle;
        }
        return [.. ids.Skip(low).Take(limit)];
    }

    public IReadOnlyDictionary<string, string> Origins(AgentId agent)
    {
        if (!Exists(agent))
            throw new FaultException(NotFound(agent));
        var entry = _entries.Of(agent);
        entry.Look(settings.Snapshot, time, Pace).Required();
        return entry.Origins(settings.Snapshot);
    }

    public Fault? Add(AgentId agent, string? soul = null) => Make(agent, () => _starter.Create(agent, soul));

    public Fault? Clone(AgentId source, AgentId target, bool memory = false)
        => Exists(source) ? Make(target, () => _starter.Clone(source, target, memory)) : NotFound(source);

    public Fault? WhyNotRemove(AgentId agent)
        => agent == AgentId.Main ? new Fault("agent_needed", "main is always there and cannot be removed.") { Kind = FaultKind.Conflict }
            : agent.Value == settings.Current.DefaultAgent ? new Fault("agent_needed", $"{agent} is the default agent.",
                "Name another one as defaultAgent in vigil.json first.") { Kind = FaultKind.Conflict }
            : HookOf(agent) is { } hook ? new Fault("agent_needed", $"The hook '{hook}' is {agent}'s, and with a hook of nobody's the gateway would not start again.",
                $"Name another agent as gateway.hooks.{hook}.agent in vigil.json first, or take the hook out.") { Kind = FaultKind.Conflict }
            : Exists(agent) ? null : NotFound(agent);

    // Settings are the owner's and are never rewritten.
    private string? HookOf(AgentId agent)
        => settings.Current.Gateway.Hooks.Where(hook => hook.Value.Agent == agent.Value).Select(hook => hook.Key).Order(StringComparer.Ordinal).FirstOrDefault();

    public AgentRemoval Remove(AgentId agent)
    {
        if (WhyNotRemove(agent) is { } needed)
            return new AgentRemoval(null, needed);
        try
        {
            PrivateFiles.MakeDirectory(home.Removed);
            var aside = Path.Combine(home.Removed, string.Create(CultureInfo.InvariantCulture, $"{agent}-{time.GetUtcNow():yyyyMMdd-HHmmss}"));
            for (var n = 2; Directory.Exists(aside); n++)
                aside = Path.Combine(home.Removed, string.Create(CultureInfo.InvariantCulture, $"{agent}-{time.GetUtcNow():yyyyMMdd-HHmmss}-{n}"));
            Directory.Move(home.AgentDirectory(agent), aside);
            // A later agent of the same name must not find the keys of this one.
            if (Directory.Exists(home.AgentSecrets(agent)))
                Directory.Move(home.AgentSecrets(agent), Path.Combine(aside, "secrets"));
            Noticed(agent);
            return new AgentRemoval(aside, null);
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            throw HomeFault.Of(home.AgentDirectory(agent), cause);
        }
    }

    IEnumerable<SettingsReload> IReloadPart.Refresh(bool again)
    {
        if (again)
        {
            foreach (var entry in _entries.All.Where(entry => !Exists(entry.Agent)))
                _entries.Remove(entry.Agent);
        }
        if (_round.Count == 0)
        {
            foreach (var entry in _entries.All)
                _round.Enqueue(entry);
        }
        for (var looked = 0; looked < Slice && _round.TryDequeue(out var entry); looked++)
        {
            // Dropped since, or dropped and made anew: then the other one tells.
            if (_entries.Known(entry.Agent) == entry && Exists(entry.Agent) && entry.Refresh(settings.Snapshot, time) is { } reload)
                yield return reload;
        }
    }

    private Fault? Make(AgentId agent, Action make)
    {
        var taken = new Fault("agent_exists", $"There is an agent {agent} already.",
            "Choose another id, or remove that one first.") { Kind = FaultKind.Conflict };
        if (Directory.Exists(home.AgentDirectory(agent)))
            return taken;
        try
        {
            make();
        }
        catch (Exception) when (Directory.Exists(home.AgentDirectory(agent)))
        {
            // Somebody else was faster; what was built aside is gone.
            return taken;
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            throw HomeFault.Of(home.AgentDirectory(agent), cause);
        }
        Noticed(agent);
        return null;
    }

    private void Noticed(AgentId agent)
    {
        _entries.Remove(agent);
        settings.Refresh(agentsChanged: true);
    }

    private Fault NotFound(AgentId agent) => directories.Unknown(agent.Value);
}
