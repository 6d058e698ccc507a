using Vigil.State;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.State;

internal static class StateWrites
{
    public static async Task ApplyAsync(Db db, IReadOnlyList<StateChange> changes)
    {
        // The last word on each alone, for the order in which they run is not theirs.
        foreach (var change in changes.GroupBy(change => (change.Agent, change.Area, change.Key)).Select(same => same.Last()))
        {
            if (change.Json is null)
                await db.RunLastAsync("DELETE FROM agent_state WHERE agent = @agent AND area = @area AND key = @key",
                    ("agent", change.Agent.Value), ("area", change.Area), ("key", RowText.Storable(change.Key)));
            else
                await db.RunLastAsync(
                    "INSERT INTO agent_state (agent, area, key, json) VALUES (@agent, @area, @key, @json) ON CONFLICT (agent, area, key) DO UPDATE SET json = excluded.json",
                    ("agent", change.Agent.Value), ("area", change.Area), ("key", RowText.Storable(change.Key)), ("json", RowText.Storable(change.Json)));
        }
    }
}
