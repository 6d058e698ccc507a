using Vigil.Agents;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Keys;
using Vigil.Ledger;
using Vigil.Notify;
using Vigil.Sessions;

namespace Vigil.Tests.Ledger;

/// <summary>Holds in a list, and what was spent in every scope.</summary>
internal sealed class ListedHolds : IBudgetHolds
{
    public List<BudgetHold> Open { get; } = [];

    public IReadOnlyList<string> Ids => [.. Open.Select(hold => hold.Id)];

    /// <summary>How often something was to be held.</summary>
    public int Asked { get; private set; }

    public bool Broken { get; set; }

    public Spending Spent { get; set; }

    public Task<IReadOnlyList<Spending>> LookAsync(IReadOnlyList<SpendLook> looks, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<Spending>>([.. looks.Select(look => Sum(look.Scope))]);

    public async Task<T> HoldAsync<T>(IReadOnlyList<SpendLook> looks, Func<IReadOnlyList<Spending>, (T Answer, BudgetHold? Hold)> decide, CancellationToken cancellationToken)
    {
        Asked++;
        var (answer, hold) = decide(await LookAsync(looks, cancellationToken));
        if (hold is not null)
            Open.Add(hold);
        return answer;
    }

    public Task ReleaseAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Broken)
            throw new FaultException(new Fault("store_unreachable", "The store is gone.") { Kind = FaultKind.Unavailable });
        Open.RemoveAll(hold => hold.Id == id);
        return Task.CompletedTask;
    }

    private Spending Sum(SpendScope scope)
    {
        var held = Open.Where(hold => hold.Scopes.Contains(scope)).ToList();
        return Spent with { HeldUsd = held.Sum(hold => hold.Usd), HeldTokens = held.Sum(hold => hold.Tokens) };
    }
}

/// <summary>Knows one key and its daily limit.</summary>
internal sealed class OneKey(decimal? limit) : IKeyStore
{
    public ValueTask<decimal?> SpendPerDayAsync(string family, CancellationToken cancellationToken) => ValueTask.FromResult(limit);

    public Task<IssuedKey> AddAsync(NewApiKey key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ApiKey> EnsureAsync(string plaintext, NewApiKey key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ApiKey?> LiveAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ApiKey?> FindAsync(string plaintext, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IssuedKey?> RotateAsync(string id, TimeSpan overlap, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> RevokeAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>Takes notices and does nothing else.</summary>
internal sealed class PostedNotices : INotificationStore
{
    public List<string> Ids { get; } = [];

    public Task<bool> PostAsync(Notification notification, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        Ids.Add(notification.Id);
        return Task.FromResult(true);
    }

    public Task<Notification?> GetAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Page<Notification>> InboxAsync(InboxFilter filter, DateTimeOffset now, string? after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> MarkReadAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> MarkDoneAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> SnoozeAsync(string id, DateTimeOffset until, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Notification>> LatelyAsync(AgentId agent, DateTimeOffset since, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<(int Normal, int Urgent)> PushedSinceAsync(AgentId agent, DateTimeOffset since, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<SaidEntry>> SaidAsync(AgentId agent, IReadOnlyCollection<string> keys, DateTimeOffset since, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<(Delivery Delivery, Notification Notification)>> ClaimDeliveriesAsync(string node, int limit, IReadOnlyCollection<string> busyTargets, DateTimeOffset now, TimeSpan lease,
        CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> FinishDeliveryAsync(string deliveryId, string node, int attempt, DeliveryResult result, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<int> RecoverDeliveriesAsync(Func<string, bool> recognisesRepeats, DateTimeOffset now, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<int> RecoverDeliveriesOfOthersAsync(string node, Func<string, bool> recognisesRepeats, DateTimeOffset now, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Notification>> ReleaseHeldAsync(DateTimeOffset now, int limit, Func<Notification, (SessionKey Session, IReadOnlyList<NewSessionMessage> Messages)?> append,
        CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<DateTimeOffset?> NextDeliveryAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<AgentId>> DigestsDueAsync(DateTimeOffset now, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Notification>> HeldForDigestAsync(AgentId agent, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task PostDigestAsync(Notification digest, IReadOnlyCollection<string> contains, IReadOnlyList<NewEvent> events, CancellationToken cancellationToken) => throw new NotSupportedException();
}
