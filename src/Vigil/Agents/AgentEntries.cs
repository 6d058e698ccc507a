using System.Collections.Concurrent;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>
/// The agents that were used last, so many and hardly more. One that is dropped is read anew when somebody asks for it; whoever holds its profile keeps that one.
/// An agent whose file is broken stays: its last good profile is nowhere else.
/// </summary>
internal sealed class AgentEntries(VigilHome home, int most)
{
    private readonly ConcurrentDictionary<AgentId, AgentEntry> _entries = new();
    private readonly ProfileReader _reader = new(home);
    private readonly WorkspaceLinks _links = new(home);
    private readonly Lock _dropping = new();

    // Dropped in batches, so that the order of use is not looked for with every agent that comes.
    private readonly int _slack = Math.Max(1, most / 10);
    private long _uses;

    public ICollection<AgentEntry> All => _entries.Values;

    /// <summary>The agent's entry, which counts as used now.</summary>
    public AgentEntry Of(AgentId agent)
    {
        if (!_entries.TryGetValue(agent, out var entry))
        {
            entry = _entries.GetOrAdd(agent, Fresh);
            entry.UsedAt = Interlocked.Increment(ref _uses);
            Drop();
            return entry;
        }
        entry.UsedAt = Interlocked.Increment(ref _uses);
        return entry;
    }

    /// <summary>The entry if there is one; that does not count as use.</summary>
    public AgentEntry? Known(AgentId agent) => _entries.GetValueOrDefault(agent);

    /// <summary>An entry that is not kept.</summary>
    public AgentEntry Fresh(AgentId agent) => new(agent, home, _reader, _links);

    public void Remove(AgentId agent) => _entries.TryRemove(agent, out _);

    private void Drop()
    {
        if (_entries.Count <= most + _slack || !_dropping.TryEnter())
            return;
        try
        {
            // A copy of when each was used: it goes on changing, and a sort needs an order that stands still.
            var droppable = _entries.Values.Where(entry => entry.Errors.Count == 0).Select(entry => (Entry: entry, entry.UsedAt)).OrderBy(one => one.UsedAt).ToList();
            foreach (var (entry, _) in droppable.Take(_entries.Count - most))
                _entries.TryRemove(KeyValuePair.Create(entry.Agent, entry));
        }
        finally
        {
            _dropping.Exit();
        }
    }
}
