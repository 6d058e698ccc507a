using System.Globalization;
using Dapper;
using Vigil.Agents;
using Vigil.Ledger;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Ledger;

/// <summary>Sums come from one row for each day, agent, source and model; they do not grow with the number of calls.</summary>
internal sealed class LedgerStore(IDatabase database) : ILedger
{
    public Task AddAsync(LedgerEntry entry, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            await LedgerWrites.AddAsync(db, entry);
            return true;
        }, cancellationToken);

    public async Task<IReadOnlyList<SpendRow>> SpendAsync(SpendBy by, string fromDay, string toDay, IReadOnlyCollection<AgentId>? agents, CancellationToken cancellationToken)
    {
        var rows = await SumAsync(Words.Of(by), fromDay, toDay, agents, cancellationToken);
        return [.. rows.Select(row => row.ToSpend())];
    }

    public async Task<SpendRow> TotalAsync(string fromDay, string toDay, AgentId? agent, CancellationToken cancellationToken)
    {
        var rows = await SumAsync(null, fromDay, toDay, agent is { } one ? [one] : null, cancellationToken);
        return rows.Select(row => row.ToSpend()).FirstOrDefault() ?? new SpendRow("", 0, 0, 0, 0, 0, 0, 0);
    }

    public async Task<decimal> KeySpendAsync(string key, string day, CancellationToken cancellationToken)
        => LedgerWrites.ToUsd(await database.ReadAsync(db => db.FirstAsync<long>("SELECT cost FROM key_spend WHERE key = @key AND day = @day", new { key, day }), cancellationToken));

    public async Task<IReadOnlyDictionary<string, decimal>> KeySpendsAsync(string day, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(db => db.QueryAsync<KeyRow>("SELECT key, cost FROM key_spend WHERE day = @day", new { day }), cancellationToken);
        return rows.ToDictionary(row => row.Key, row => LedgerWrites.ToUsd(row.Cost), StringComparer.Ordinal);
    }

    public async Task<Page<LedgerEntry>> EntriesAsync(IReadOnlyCollection<AgentId>? agents, string? workId, string? after, int limit, CancellationToken cancellationToken)
    {
        var cursor = Cursor.Parse(after);
        var parameters = new DynamicParameters(new { workId, before = cursor?.At, limit = limit + 1L });
        List<string> where = [];
        if (workId is not null)
            where.Add("work = @workId");
        if (cursor is not null)
            where.Add("id < @before");
        AddAgents(where, parameters, agents);
        var rows = await database.ReadAsync(db => db.QueryAsync<LedgerRow>(
            $"SELECT * FROM ledger {(where.Count == 0 ? "" : "WHERE " + string.Join(" AND ", where))} ORDER BY id DESC LIMIT @limit", parameters), cancellationToken);
        return Cursor.Page(rows, limit, row => new Cursor(row.Id, ""), row => row.ToEntry());
    }

    private Task<IReadOnlyList<SumRow>> SumAsync(string? by, string fromDay, string toDay, IReadOnlyCollection<AgentId>? agents, CancellationToken cancellationToken)
    {
        var parameters = new DynamicParameters(new { fromDay, toDay });
        List<string> where = ["day >= @fromDay", "day <= @toDay"];
        AddAgents(where, parameters, agents);
        // PostgreSQL sums bigint to numeric; text reads the same from both.
        return database.ReadAsync(db => db.QueryAsync<SumRow>(
            $"""
            SELECT {by ?? "''"} AS "group", {Sum("calls")}, {Sum("input_tokens")}, {Sum("cached_input_tokens")}, {Sum("output_tokens")}, {Sum("cost")}, {Sum("unknown_calls")}, {Sum("primary_cost")}
            FROM spend_day WHERE {string.Join(" AND ", where)} {(by is null ? "" : $"GROUP BY {by} ORDER BY {by}")}
            """, parameters), cancellationToken);

        static string Sum(string column) => $"CAST(coalesce(sum({column}), 0) AS text) AS {column}";
    }

    private void AddAgents(List<string> where, DynamicParameters parameters, IReadOnlyCollection<AgentId>? agents)
    {
        if (agents is null)
            return;
        where.Add(agents.Count == 1 ? "agent = @agents" : database.Dialect.In("agent", "agents"));
        parameters.Add("agents", agents.Count == 1 ? agents.First().Value : agents.Select(agent => agent.Value).ToArray());
    }

    private sealed class KeyRow
    {
        public string Key { get; set; } = "";

        public long Cost { get; set; }
    }

    private sealed class SumRow
    {
        public string Group { get; set; } = "";

        public string Calls { get; set; } = "";

        public string InputTokens { get; set; } = "";

        public string CachedInputTokens { get; set; } = "";

        public string OutputTokens { get; set; } = "";

        public string Cost { get; set; } = "";

        public string UnknownCalls { get; set; } = "";

        public string PrimaryCost { get; set; } = "";

        public SpendRow ToSpend() => new(Group, Number(Calls), Number(InputTokens), Number(CachedInputTokens), Number(OutputTokens), Usd(Cost), Number(UnknownCalls), Usd(PrimaryCost));

        private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

        private static decimal Usd(string text) => LedgerWrites.ToUsd(decimal.Parse(text, CultureInfo.InvariantCulture));
    }

    private sealed class LedgerRow
    {
        public long Id { get; set; }

        public long At { get; set; }

        public string Day { get; set; } = "";

        public string Agent { get; set; } = "";

        public string Source { get; set; } = "";

        public string? Work { get; set; }

        public string Run { get; set; } = "";

        public string ModelAsked { get; set; } = "";

        public string ModelUsed { get; set; } = "";

        public long InputTokens { get; set; }

        public long CachedInputTokens { get; set; }

        public long OutputTokens { get; set; }

        public long? Cost { get; set; }

        public long? PrimaryCost { get; set; }

        public LedgerEntry ToEntry() => new()
        {
            At = At.At(),
            Day = Day,
            Agent = AgentId.Parse(Agent),
            Source = Source,
            WorkId = Work,
            RunId = Run,
            ModelAsked = ModelAsked,
            ModelUsed = ModelUsed,
            InputTokens = InputTokens,
            CachedInputTokens = CachedInputTokens,
            OutputTokens = OutputTokens,
            CostUsd = Cost is { } cost ? LedgerWrites.ToUsd(cost) : null,
            PrimaryCostUsd = PrimaryCost is { } primary ? LedgerWrites.ToUsd(primary) : null,
        };
    }
}
