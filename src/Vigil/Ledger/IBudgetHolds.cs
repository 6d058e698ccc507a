using Vigil.Agents;

namespace Vigil.Ledger;

/// <summary>Whose money it is: an agent's, an API key's (by its family), or, with neither, the whole gateway's.</summary>
public sealed record SpendScope(AgentId? Agent, string? Key)
{
    public static SpendScope Gateway { get; } = new(null, null);

    public string Name => Key is not null ? $"key:{Key}" : Agent is { } agent ? $"agent:{agent}" : "gateway";

    public static SpendScope Of(AgentId agent) => new(agent, null);

    public static SpendScope OfKey(string family) => new(null, family);
}

/// <summary>A sum that a limit is compared with. Days are yyyy-MM-dd, both included.</summary>
public sealed record SpendLook(SpendScope Scope, string FromDay, string ToDay);

/// <summary>What was spent, and the worst case of the calls that run now. Keys count no tokens.</summary>
public readonly record struct Spending(decimal Usd, long Tokens, decimal HeldUsd, long HeldTokens);

/// <summary>The worst case of a call that is about to be made.</summary>
public sealed record BudgetHold(string Id, IReadOnlyList<SpendScope> Scopes, decimal Usd, long Tokens);

/// <summary>
/// The worst cases of running calls, as all nodes of a store see them. A hold ends with the commit of the ledger line that carries its id, so that at no moment a call counts
/// neither as running nor as spent. Holds of a node that died are not counted any more, and none is counted for longer than <see cref="Longest"/>.
/// </summary>
public interface IBudgetHolds
{
    /// <summary>No model call takes that long. It bounds what is left behind when a store is gone while a call ends.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    Task<IReadOnlyList<Spending>> LookAsync(IReadOnlyList<SpendLook> looks, CancellationToken cancellationToken);

    /// <summary>Looks, decides, and holds what was decided; nobody on any node looks at one of these scopes in between to hold something himself.</summary>
    /// <param name="decide">Gets the sums in the order of <paramref name="looks"/>. It may be asked again, and uses no store.</param>
    Task<T> HoldAsync<T>(IReadOnlyList<SpendLook> looks, Func<IReadOnlyList<Spending>, (T Answer, BudgetHold? Hold)> decide, CancellationToken cancellationToken);

    /// <summary>Ends a hold whose call was not paid for.</summary>
    Task ReleaseAsync(string id, CancellationToken cancellationToken);
}
