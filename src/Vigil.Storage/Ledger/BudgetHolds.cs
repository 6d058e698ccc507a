using System.Globalization;
using Dapper;
using Vigil.Ledger;
using Vigil.Nodes;
using Vigil.Storage.Engine;

namespace Vigil.Storage.Ledger;

/// <summary>
/// A row for each running call and each scope whose limit it was compared with. On PostgreSQL a lock for each scope makes look and hold one step over all nodes; SQLite has one writer.
/// </summary>
internal sealed class BudgetHolds(IDatabase database, NodeName node, TimeProvider time) : IBudgetHolds, IDisposable
{
    // One of a node waits for the other nodes, not all: each would keep a connection of the pool meanwhile.
    private readonly SemaphoreSlim _turn = new(1, 1);

    public void Dispose() => _turn.Dispose();

    public Task<IReadOnlyList<Spending>> LookAsync(IReadOnlyList<SpendLook> looks, CancellationToken cancellationToken)
        => database.ReadAsync(db => SumsAsync(db, looks), cancellationToken);

    public async Task<T> HoldAsync<T>(IReadOnlyList<SpendLook> looks, Func<IReadOnlyList<Spending>, (T Answer, BudgetHold? Hold)> decide, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await database.WriteAsync(async db =>
            {
                await LockAsync(db, looks);
                // A statement of its own, after the lock: it sees what those had committed whom the lock made us wait for.
                var (answer, hold) = decide(await SumsAsync(db, looks));
                if (hold is not null)
                    await InsertAsync(db, hold);
                return answer;
            }, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public Task ReleaseAsync(string id, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            await LedgerWrites.EndHoldAsync(db, id);
            return true;
        }, cancellationToken);

    // In one order, so that two who need the same two never wait for each other.
    private static Task LockAsync(Db db, IReadOnlyList<SpendLook> looks)
        => db.Dialect.IsPostgres
            ? db.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':budget:' || s, 0)) FROM unnest(@scopes) s",
                new { scopes = looks.Select(look => look.Scope.Name).Distinct().Order(StringComparer.Ordinal).ToArray() })
            : Task.CompletedTask;

    private async Task InsertAsync(Db db, BudgetHold hold)
    {
        // With the commit, so that the lock ends before the wait for the disk. Rows that nobody ended go on the way.
        await db.RunLastAsync($"DELETE FROM budget_hold WHERE until <= {db.Dialect.Now}", Clock(db, []));
        foreach (var scope in hold.Scopes)
        {
            await db.RunLastAsync(
                $"INSERT INTO budget_hold (id, scope, node, usd, tokens, held_at, until) VALUES (@id, @scope, @node, @usd, @tokens, {db.Dialect.Now}, {db.Dialect.Now} + @longest)",
                Clock(db,
                [
                    ("id", hold.Id), ("scope", scope.Name), ("node", node.Value), ("usd", LedgerWrites.ToUnits(hold.Usd)), ("tokens", hold.Tokens),
                    ("longest", (long)IBudgetHolds.Longest.TotalMilliseconds),
                ]));
        }
    }

    private async Task<IReadOnlyList<Spending>> SumsAsync(Db db, IReadOnlyList<SpendLook> looks)
    {
        if (looks.Count == 0)
            return [];
        var parameters = new DynamicParameters(new { node = node.Value, now = time.GetUtcNow().Ms(), silent = (long)NodeSigns.DeadAfter.TotalMilliseconds });
        List<string> parts = [];
        for (var n = 0; n < looks.Count; n++)
        {
            var (scope, from, to) = looks[n];
            parameters.Add($"scope{n}", scope.Name);
            parameters.Add($"whose{n}", scope.Key ?? scope.Agent?.Value);
            parameters.Add($"from{n}", from);
            parameters.Add($"to{n}", to);
            parts.Add(Spent(scope, n));
            parts.Add($"SELECT CAST({n} AS bigint), CAST(1 AS bigint), {Sum("usd")}, {Sum("tokens")} FROM budget_hold WHERE scope = @scope{n} AND {IsCounted(db.Dialect)}");
        }
        var sums = new Spending[looks.Count];
        // PostgreSQL sums bigint to numeric; text reads the same from both.
        foreach (var row in await db.QueryAsync<(long Look, long Held, string Cost, string Tokens)>(string.Join(" UNION ALL ", parts), parameters))
        {
            var (usd, tokens) = (LedgerWrites.ToUsd(decimal.Parse(row.Cost, CultureInfo.InvariantCulture)), long.Parse(row.Tokens, CultureInfo.InvariantCulture));
            sums[row.Look] = row.Held == 0 ? sums[row.Look] with { Usd = usd, Tokens = tokens } : sums[row.Look] with { HeldUsd = usd, HeldTokens = tokens };
        }
        return sums;
    }

    private static string Spent(SpendScope scope, int n) => scope switch
    {
        { Key: not null } => $"SELECT CAST({n} AS bigint) AS look, CAST(0 AS bigint) AS held, {Sum("cost")} AS cost, '0' AS tokens FROM key_spend WHERE key = @whose{n} AND day >= @from{n} AND day <= @to{n}",
        { Agent: not null } => $"{Days(n)} AND agent = @whose{n}",
        _ => Days(n),
    };

    private static string Days(int n)
        => $"SELECT CAST({n} AS bigint) AS look, CAST(0 AS bigint) AS held, {Sum("cost")} AS cost, {Sum("input_tokens + output_tokens")} AS tokens FROM spend_day WHERE day >= @from{n} AND day <= @to{n}";

    private static string Sum(string what) => $"CAST(coalesce(sum({what}), 0) AS text)";

    // A node that began a moment ago may not have given its first sign of life. On SQLite there are no other nodes: what another name holds was a process that is gone.
    private static string IsCounted(SqlDialect dialect) => $"until > {dialect.Now} AND " + dialect.Pick(
        sqlite: "node = @node",
        postgres: $"(node = @node OR held_at > {dialect.Now} - @silent OR EXISTS (SELECT 1 FROM gateway_node WHERE gateway_node.id = budget_hold.node AND last_seen > {dialect.Now} - @silent))");

    // PostgreSQL goes by its own clock.
    private (string Name, object? Value)[] Clock(Db db, (string Name, object? Value)[] parameters)
        => db.Dialect.IsPostgres ? parameters : [.. parameters, ("now", time.GetUtcNow().Ms())];
}
