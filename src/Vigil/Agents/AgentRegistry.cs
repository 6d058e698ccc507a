using System.Collections.Concurrent;
using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>Profiles of the agents that are in use; the others are names in a list.</summary>
internal sealed class AgentRegistry(VigilHome home, AgentDirectories directories, SettingsMonitor settings, TimeProvider time) : IAgentRegistry, IReloadPart
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    /// <summary>Files looked at in one tick; with more agents in use, a change that nobody asks for is told of a little later.</summary>
    private const int Slice = 2000;

    private readonly ConcurrentDictionary<AgentId, AgentEntry> _entries = new();
    private readonly ProfileReader _reader = new(home);
    private readonly AgentStarter _starter = new(home);
    private readonly Queue<AgentEntry> _round = new();

    public IReadOnlyList<SettingsError> Strays => directories.Strays;

    public IEnumerable<SettingsError> Errors => _entries.Values.SelectMany(entry => entry.Errors);

    public AgentLookup Find(AgentId agent)
        => Exists(agent) ? EntryOf(agent).Look(settings.Snapshot, time, Pace) : new AgentLookup { Unknown = NotFound(agent) };

    public AgentLookup Peek(AgentId agent)
        => _entries.ContainsKey(agent) || !Exists(agent) ? Find(agent) : new AgentEntry(agent, home, _reader).Look(settings.Snapshot, time, Pace);

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
        Find(agent).Required();
        return EntryOf(agent).Origins(settings.Snapshot);
    }

    public Fault? Add(AgentId agent, string? soul = null) => Make(agent, () => _starter.Create(agent, soul));

    public Fault? Clone(AgentId source, AgentId target, bool memory = false)
        => Exists(source) ? Make(target, () => _starter.Clone(source, target, memory)) : NotFound(source);

    public Fault? WhyNotRemove(AgentId agent)
        => agent == AgentId.Main ? new Fault("agent_needed", "main is always there and cannot be removed.") { Kind = FaultKind.Conflict }
            : agent.Value == settings.Current.DefaultAgent ? new Fault("agent_needed", $"{agent} is the default agent.",
                "Name another one as defaultAgent in vigil.json first.") { Kind = FaultKind.Conflict }
            : Exists(agent) ? null : NotFound(agent);

    public AgentRemoval Remove(AgentId agent)
    {
        if (WhyNotRemove(agent) is { } needed)
            return new AgentRemoval(null, needed);
        try
        {
            PrivateFiles.MakeDirectory(home.Removed);
            var aside = Path.Combine(home.Removed, $"{agent}-{time.GetUtcNow():yyyyMMdd-HHmmss}");
            for (var n = 2; Directory.Exists(aside); n++)
                aside = Path.Combine(home.Removed, $"{agent}-{time.GetUtcNow():yyyyMMdd-HHmmss}-{n}");
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
            foreach (var (agent, _) in _entries)
            {
                if (!Exists(agent))
                    _entries.TryRemove(agent, out _);
            }
        }
        if (_round.Count == 0)
        {
            foreach (var entry in _entries.Values)
                _round.Enqueue(entry);
        }
        for (var looked = 0; looked < Slice && _round.TryDequeue(out var entry); looked++)
        {
            if (Exists(entry.Agent) && entry.Refresh(settings.Snapshot, time) is { } reload)
                yield return reload;
        }
    }

    private AgentEntry EntryOf(AgentId agent) => _entries.GetOrAdd(agent, static (id, self) => new AgentEntry(id, self.Home, self.Reader),
        (Home: home, Reader: _reader));

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
        _entries.TryRemove(agent, out _);
        settings.Refresh(agentsChanged: true);
    }

    private Fault NotFound(AgentId agent) => directories.Unknown(agent.Value);
}
