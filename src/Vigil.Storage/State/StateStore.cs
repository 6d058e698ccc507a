using Vigil.Agents;
using Vigil.State;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.State;

internal sealed class StateStore(IDatabase database) : IStateStore
{
    public Task<string?> GetAsync(AgentId agent, string area, string key, CancellationToken cancellationToken)
        => database.ReadAsync(db => db.ScalarAsync<string>("SELECT json FROM agent_state WHERE agent = @agent AND area = @area AND key = @key",
            new { agent = agent.Value, area, key = RowText.Storable(key) }), cancellationToken);

    public async Task<IReadOnlyDictionary<string, string>> AllAsync(AgentId agent, string area, CancellationToken cancellationToken)
        => (await database.ReadAsync(db => db.QueryAsync<(string Key, string Json)>("SELECT key, json FROM agent_state WHERE agent = @agent AND area = @area",
            new { agent = agent.Value, area }), cancellationToken)).ToDictionary(entry => entry.Key, entry => entry.Json, StringComparer.Ordinal);

    public Task ApplyAsync(IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            await StateWrites.ApplyAsync(db, changes);
            return true;
        }, cancellationToken);
}
