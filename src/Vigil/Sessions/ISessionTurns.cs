using Vigil.Agents;
using Vigil.Turns;

namespace Vigil.Sessions;

/// <summary>How a person came into a session.</summary>
public enum SessionEntry
{
    /// <summary>Somebody is before this turn; the announcement stands.</summary>
    Waits,

    Entered,

    /// <summary>Entered, and the conversation begins anew with this turn.</summary>
    BegunAnew,
}

/// <param name="OnDisk">The entry is committed, and survives the end of this process; this ends when it survives that of the machine too. To be awaited before anybody is told.</param>
public sealed record SessionAnswer(SessionEntry Entry, Task OnDisk);

/// <summary>
/// At most one turn at a time in a session, across all nodes. Works hold their session through their own running row; a person's turn holds or
/// waits here, and while it does no work of that session is claimed and a running one steps back.
/// Leases go by the clock that the nodes share, that of the store's server.
/// </summary>
public interface ISessionTurns
{
    /// <summary>Announces a person's turn and takes the session if no other person's turn holds it and no work runs in it.
    /// While it waits works step back; ask again.</summary>
    /// <param name="begins">The run that begins in the same commit, if the session was taken.</param>
    Task<SessionAnswer> TryEnterAsync(SessionKey key, string holder, string node, TimeSpan lease, DateTimeOffset now, RunStart? begins, CancellationToken cancellationToken);

    /// <summary>Prolongs a held or announced turn; false when it was lost.</summary>
    Task<bool> RenewAsync(SessionKey key, string holder, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken);

    Task LeaveAsync(SessionKey key, string holder, CancellationToken cancellationToken);

    /// <summary>Which of these sessions a person holds or waits for now.</summary>
    Task<IReadOnlyList<SessionKey>> PersonsAmongAsync(IReadOnlyCollection<SessionKey> keys, DateTimeOffset now, CancellationToken cancellationToken);
}
