using Vigil.Agents;

namespace Vigil.Ledger;

/// <summary>One model call: what it was for and what it cost.</summary>
public sealed record LedgerEntry
{
    public required DateTimeOffset At { get; init; }

    /// <summary>The person's calendar day on which it counts: yyyy-MM-dd.</summary>
    public required string Day { get; init; }

    public required AgentId Agent { get; init; }

    public required string Source { get; init; }

    public string? WorkId { get; init; }

    public required string RunId { get; init; }

    /// <summary>The API key, by its family, that it was spent for.</summary>
    public string? Key { get; init; }

    public required string ModelAsked { get; init; }

    public required string ModelUsed { get; init; }

    public long InputTokens { get; init; }

    public long CachedInputTokens { get; init; }

    public long OutputTokens { get; init; }

    /// <summary>Null when the model has no known price.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>What the same tokens would have cost on the agent's own model; null when unknown. An estimate.</summary>
    public decimal? PrimaryCostUsd { get; init; }

    /// <summary>The hold that ends with the commit of this line. Not kept.</summary>
    public string? Hold { get; init; }
}

/// <summary>Sums over a group of calls.</summary>
/// <param name="Group">The agent, source, model or day, as asked for.</param>
/// <param name="UnknownCalls">Calls without a known price: their cost is not in <paramref name="CostUsd"/>.</param>
public sealed record SpendRow(string Group, long Calls, long InputTokens, long CachedInputTokens, long OutputTokens, decimal CostUsd, long UnknownCalls, decimal PrimaryCostUsd);

/// <summary>What sums of the ledger are grouped by.</summary>
public enum SpendBy
{
    Agent,
    Source,
    Model,
    Day,
}

/// <summary>Reads what was spent. Entries are written with the journal step that caused them.</summary>
public interface ILedger
{
    /// <summary>Writes the line of a call that belongs to no journal, such as a summary.</summary>
    Task AddAsync(LedgerEntry entry, CancellationToken cancellationToken);

    /// <summary>From <paramref name="fromDay"/> to <paramref name="toDay"/>, both included; agents null means all.</summary>
    Task<IReadOnlyList<SpendRow>> SpendAsync(SpendBy by, string fromDay, string toDay, IReadOnlyCollection<AgentId>? agents, CancellationToken cancellationToken);

    /// <summary>One sum over the days; agent null means the whole gateway. Does not grow with the number of calls.</summary>
    Task<SpendRow> TotalAsync(string fromDay, string toDay, AgentId? agent, CancellationToken cancellationToken);

    /// <summary>US dollars spent for a family of keys on a day.</summary>
    Task<decimal> KeySpendAsync(string key, string day, CancellationToken cancellationToken);

    /// <summary>What each family of keys spent on a day; those that spent nothing are not in it.</summary>
    Task<IReadOnlyDictionary<string, decimal>> KeySpendsAsync(string day, CancellationToken cancellationToken);

    Task<Page<LedgerEntry>> EntriesAsync(IReadOnlyCollection<AgentId>? agents, string? workId, string? after, int limit, CancellationToken cancellationToken);
}
