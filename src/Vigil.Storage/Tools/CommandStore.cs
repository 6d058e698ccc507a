using Vigil.Agents;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Tools.Shell;

namespace Vigil.Storage.Tools;

internal sealed class CommandStore(IDatabase database) : ICommandStore
{
    private const string Columns = "id, agent, node, line, started_at, report";

    public Task<bool> AddAsync(BackgroundCommand command, int most, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            var row = new
            {
                id = command.Id,
                agent = command.Agent.Value,
                node = command.Node,
                line = RowText.Storable(command.Line),
                started = command.StartedAt.Ms(),
                most = (long)most,
            };
            // Two nodes that count at the same time would both find room.
            if (db.Dialect.IsPostgres)
                await db.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':command:' || @agent, 0))", row);
            return await db.ExecuteAsync(
                """
                INSERT INTO command (id, agent, node, line, started_at) SELECT @id, @agent, @node, @line, @started
                WHERE (SELECT count(*) FROM command WHERE agent = @agent AND report IS NULL) < @most
                """, row) > 0;
        }, cancellationToken);

    public async Task<bool> EndAsync(string id, string report, CancellationToken cancellationToken)
        => await database.WriteAsync(db => db.ExecuteAsync("UPDATE command SET report = @report WHERE id = @id AND report IS NULL", new { id, report = RowText.Storable(report) }), cancellationToken) > 0;

    public async Task<bool> RemoveAsync(string id, CancellationToken cancellationToken)
        => await database.WriteAsync(db => db.ExecuteAsync("DELETE FROM command WHERE id = @id", new { id }), cancellationToken) > 0;

    public Task<IReadOnlyList<BackgroundCommand>> OfAgentAsync(AgentId agent, CancellationToken cancellationToken)
        => ReadAsync(_ => "agent = @agent", new { agent = agent.Value }, cancellationToken);

    public Task<IReadOnlyList<BackgroundCommand>> OfNodeAsync(string node, CancellationToken cancellationToken)
        => ReadAsync(_ => "node = @node AND report IS NULL", new { node }, cancellationToken);

    public Task<IReadOnlyList<BackgroundCommand>> LeftAsync(IReadOnlyCollection<string> living, CancellationToken cancellationToken)
        => ReadAsync(dialect => $"report IS NOT NULL OR NOT ({dialect.In("node", "living")})", new { living = living.ToArray() }, cancellationToken);

    private Task<IReadOnlyList<BackgroundCommand>> ReadAsync(Func<SqlDialect, string> where, object parameters, CancellationToken cancellationToken)
        => database.ReadAsync<IReadOnlyList<BackgroundCommand>>(async db =>
            [.. (await db.QueryAsync<Row>($"SELECT {Columns} FROM command WHERE {where(db.Dialect)} ORDER BY started_at, id", parameters)).Select(row => row.ToCommand())], cancellationToken);

    private sealed class Row
    {
        public string Id { get; set; } = "";

        public string Agent { get; set; } = "";

        public string Node { get; set; } = "";

        public string Line { get; set; } = "";

        public long StartedAt { get; set; }

        public string? Report { get; set; }

        public BackgroundCommand ToCommand() => new(Id, AgentId.Parse(Agent), Node, Line, StartedAt.At(), Report);
    }
}
