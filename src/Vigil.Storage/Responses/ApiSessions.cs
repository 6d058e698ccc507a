using Vigil.Agents;
using Vigil.Api;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Responses;

internal sealed class ApiSessions(IDatabase database, TimeProvider time) : IApiSessions
{
    public async Task<AgentId?> FindAsync(string session, CancellationToken cancellationToken)
        => await database.ReadAsync(db => AgentAsync(db, RowText.Storable(session)), cancellationToken) is { } agent ? AgentId.Parse(agent) : null;

    public async Task<AgentId> BindAsync(string session, AgentId agent, CancellationToken cancellationToken)
        => AgentId.Parse(await database.WriteAsync(async db =>
        {
            var id = RowText.Storable(session);
            await db.ExecuteAsync("INSERT INTO api_session (id, agent, created_at) VALUES (@id, @agent, @at) ON CONFLICT DO NOTHING",
                new { id, agent = agent.Value, at = time.GetUtcNow().Ms() });
            return (await AgentAsync(db, id))!;
        }, cancellationToken));

    private static Task<string?> AgentAsync(Db db, string id) => db.FirstAsync<string>("SELECT agent FROM api_session WHERE id = @id", new { id });
}
