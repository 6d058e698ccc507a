using Vigil.Agents;
using Vigil.State;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.State;

internal sealed class StateStore(IDatabase database) : IStateStore
{
    public Task<string?> GetAsync(AgentId agent, string area, string key, CancellationToken cancellationToken)
        => database.ReadAsync(async db => (await db.RowsAsync("SELECT json FROM agent_state WHERE agent = @agent AND area = @area AND key = @key", row => row.Text(0),
            ("agent", agent.Value), ("area", area), ("key", RowText.Storable(key)))).FirstOrDefault(), cancellationToken);

    public async Task<IReadOnlyDictionary<string, string>> AllAsync(AgentId agent, string area, CancellationToken cancellationToken)
        => (await database.ReadAsync(db => db.RowsAsync("SELECT key, json FROM agent_state WHERE agent = @agent AND area = @area", row => (Key: row.Text(0), Json: row.Text(1)),
            ("agent", agent.Value), ("area", area)), cancellationToken)).ToDictionary(entry => entry.Key, entry => entry.Json, StringComparer.Ordinal);

    public async Task<(IReadOnlyDictionary<string, string> One, IReadOnlyDictionary<string, string> Other)> BothAsync(AgentId agent, string one, string other, CancellationToken cancellationToken)
    {
        var entries = await database.ReadAsync(db => db.RowsAsync("SELECT area, key, json FROM agent_state WHERE agent = @agent AND area IN (@one, @other)",
            row => (Area: row.Text(0), Key: row.Text(1), Json: row.Text(2)), ("agent", agent.Value), ("one", one), ("other", other)), cancellationToken);
        return (In(one), In(other));

        Dictionary<string, string> In(string area) => entries.Where(entry => entry.Area == area).ToDictionary(entry => entry.Key, entry => entry.Json, StringComparer.Ordinal);
    }

    public Task ApplyAsync(IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            await StateWrites.ApplyAsync(db, changes);
            return true;
        }, cancellationToken);
}
