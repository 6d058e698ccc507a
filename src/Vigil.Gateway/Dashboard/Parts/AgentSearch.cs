using System.Collections.Concurrent;
using Vigil.Agents;
using Vigil.Gateway.Auth;

namespace Vigil.Gateway.Dashboard.Parts;

/// <summary>The agents that somebody may see and looks for, by a part of their ids or names.</summary>
internal sealed class AgentSearch(IAgentRegistry agents)
{
    /// <summary>With more agents their names are not looked through, ids are: each name stands in a file of its own.</summary>
    private const int MostNames = 5_000;

    // What a search read stays known until the file changes: a page with a search is fetched again whenever something happens.
    private readonly ConcurrentDictionary<AgentId, (AgentFileMark Mark, string? Name)> _names = new();

    /// <param name="find">As it was typed; null or blank means all.</param>
    public IReadOnlyList<AgentId> By(Caller caller, string? find)
    {
        var all = caller.Agents is { } mine ? [.. mine.Where(agents.Exists).OrderBy(id => id.Value, StringComparer.Ordinal)] : agents.Ids();
        if (Words(find) is not { } words)
            return all;
        return [.. all.Where(id => id.Value.Contains(words, StringComparison.OrdinalIgnoreCase)
            || (all.Count <= MostNames && NameOf(id)?.Contains(words, StringComparison.InvariantCultureIgnoreCase) == true))];
    }

    public static string? Words(string? find) => string.IsNullOrWhiteSpace(find) ? null : find.Trim();

    private string? NameOf(AgentId id)
    {
        var mark = agents.MarkOf(id);
        if (mark is { } now && _names.TryGetValue(id, out var known) && known.Mark == now)
            return known.Name;
        if (_names.Count > MostNames)
            _names.Clear(); // of agents that are gone
        // A look leaves nothing in the registry: to search a thousand agents is not to use them.
        var profile = agents.Peek(id);
        // A file that cannot be read has the name that it had, which follows it only once it is mended.
        if (mark is { } read && profile.Fault is null)
            _names[id] = (read, profile.Profile?.Name);
        return profile.Profile?.Name;
    }
}
