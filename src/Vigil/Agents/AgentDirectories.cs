using System.IO.Enumeration;
using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>The directories below <c>agents/</c>: the directory is the agent. <c>main</c> is always there.</summary>
internal sealed class AgentDirectories(VigilHome home)
{
    private readonly Lock _lock = new();
    private Listing _listing = new(DateTime.MinValue, [AgentId.Main], [AgentId.Main], []);

    public string Path => home.Agents;

    /// <summary>In ordinal order.</summary>
    public IReadOnlyList<AgentId> Ids => _listing.Ids;

    public IReadOnlyList<SettingsError> Strays => _listing.Strays;

    public bool Exists(AgentId agent) => agent == AgentId.Main || _listing.Set.Contains(agent);

    public string? Near(string id) => Nearest.To(id, Ids.Take(10_000).Select(agent => agent.Value));

    /// <summary>Nobody of that name, with the nearest one there is.</summary>
    public Fault Unknown(string id) => new(
        "agent_not_found",
        $"There is no agent '{id}'.",
        Near(id) is { } near ? $"Did you mean {near}? vigil agent list shows all." : "vigil agent list shows all; vigil agent add makes one.") { Kind = FaultKind.NotFound };

    /// <summary>Lists anew when something was added or taken away since; true when that changed anything.</summary>
    public bool Refresh(bool force = false)
    {
        lock (_lock)
        {
            var stamp = Directory.GetLastWriteTimeUtc(home.Agents);
            // A directory's time has the grain of the file system; a change right after the last look may not show in it.
            if (!force && stamp == _listing.Stamp && _listing.Settled)
                return false;
            var settled = stamp == _listing.Stamp;
            var before = _listing;
            _listing = Read(stamp) with { Settled = settled };
            return !before.Ids.SequenceEqual(_listing.Ids) || before.Strays.Count != _listing.Strays.Count;
        }
    }

    private Listing Read(DateTime stamp)
    {
        var ids = new List<AgentId>();
        var strays = new List<SettingsError>();
        var links = Links();
        var linked = new List<AgentId>();
        foreach (var entry in Entries(FileAttributes.None, (ref entry) => (Name: entry.FileName.ToString(), entry.IsDirectory)))
        {
            var path = System.IO.Path.Combine(home.Agents, entry.Name);
            if (!entry.IsDirectory)
                strays.Add(links.Contains(entry.Name) ? Stray(path, "is a link that leads to no directory") with { GoodValue = null } : Stray(path, "is a file; an agent is a directory"));
            else if (!AgentId.TryParse(entry.Name, null, out var id))
                strays.Add(Stray(path, $"is no agent: its name must be {AgentId.Rule}"));
            else if (links.Contains(entry.Name))
                linked.Add(id);
            else
                ids.Add(id);
        }
        Follow(linked, ids, strays);
        if (!ids.Contains(AgentId.Main))
            ids.Add(AgentId.Main);
        ids.Sort((left, right) => string.CompareOrdinal(left.Value, right.Value));
        strays.Sort((left, right) => string.CompareOrdinal(left.File, right.File));
        return new Listing(stamp, ids, [.. ids], strays);
    }

    // Whether an entry is a link comes with its name, but only the filter of the listing shows it: an entry's attributes cost a look at each file.
    private HashSet<string> Links()
    {
        if (Entries(FileAttributes.None, (ref _) => true).Count() == Entries(FileAttributes.ReparsePoint, (ref _) => true).Count())
            return [];
        return [.. Entries(FileAttributes.None, (ref entry) => entry.FileName.ToString()).Except(Entries(FileAttributes.ReparsePoint, (ref entry) => entry.FileName.ToString()))];
    }

    private IEnumerable<T> Entries<T>(FileAttributes skipped, FileSystemEnumerable<T>.FindTransform take)
        => Directory.Exists(home.Agents)
            ? new FileSystemEnumerable<T>(home.Agents, take, new EnumerationOptions { AttributesToSkip = skipped, IgnoreInaccessible = false })
            : [];

    // An agent may lie elsewhere, but no two in one place. Of several links to one place the first by name is the agent.
    private void Follow(List<AgentId> linked, List<AgentId> ids, List<SettingsError> strays)
    {
        if (linked.Count == 0)
            return;
        var here = RealPath.Of(home.Agents);
        var taken = new Dictionary<string, AgentId>(StringComparer.Ordinal);
        foreach (var agent in linked.OrderBy(agent => agent.Value, StringComparer.Ordinal))
        {
            var path = System.IO.Path.Combine(home.Agents, agent.Value);
            var target = RealPath.Of(path);
            if (RealPath.IsInside(target, here))
                strays.Add(Stray(path, "is a link to another agent; agents never share a directory") with { GoodValue = null });
            else if (!taken.TryAdd(target, agent))
                strays.Add(Stray(path, $"is a link to the same place as {taken[target]}; agents never share a directory") with { GoodValue = null });
            else
                ids.Add(agent);
        }
    }

    private static SettingsError Stray(string path, string problem)
    {
        var name = new string([.. System.IO.Path.GetFileName(path).ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        return new SettingsError(path, 0, 0, "", null, name.Length is > 0 and <= 64 ? name : null, problem);
    }

    private sealed record Listing(DateTime Stamp, List<AgentId> Ids, HashSet<AgentId> Set, List<SettingsError> Strays)
    {
        public bool Settled { get; init; }
    }
}
