using Microsoft.Extensions.AI;
using Vigil.Agents;

namespace Vigil.Sessions;

/// <summary>A conversation as listings show it.</summary>
public sealed record Session
{
    public required SessionKey Key { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When a person last wrote here; works never move it.</summary>
    public DateTimeOffset? PersonAt { get; init; }

    public long Messages { get; init; }

    /// <summary>Messages up to this one are no longer part of the context (after a reset), though they are kept.</summary>
    public long ResetSeq { get; init; }

    public string? Summary { get; init; }

    /// <summary>The summary covers messages up to this one.</summary>
    public long SummarySeq { get; init; }
}

/// <summary>What a message is to its conversation.</summary>
public enum MessageKind
{
    /// <summary>Part of a turn.</summary>
    Turn,

    /// <summary>What the agent said of its own accord, delivered here.</summary>
    Notice,

    /// <summary>Marks a turn that failed or was cancelled.</summary>
    Break,
}

/// <summary>A message about to be appended.</summary>
public sealed record NewSessionMessage(DateTimeOffset At, ChatMessage Message, MessageKind Kind = MessageKind.Turn, string? RunId = null, string? WorkId = null)
{
    /// <summary>A person wrote it: moves <see cref="Session.PersonAt"/>.</summary>
    public bool ByPerson { get; init; }
}

/// <summary>A message as it stands in the store.</summary>
public sealed record SessionMessage(long Seq, DateTimeOffset At, ChatMessage Message, MessageKind Kind, string? RunId, string? WorkId);

/// <summary>The part of a conversation that a turn carries.</summary>
public sealed record SessionTail(Session? Session, IReadOnlyList<SessionMessage> Messages);

/// <summary>Append-only conversations. Whole turns are appended at once, so a history is legal by construction.</summary>
public interface ISessionStore
{
    Task AppendAsync(SessionKey key, IReadOnlyList<NewSessionMessage> messages, CancellationToken cancellationToken);

    /// <summary>The newest messages after reset and summary, oldest first, until about <paramref name="maxCharacters"/> are reached. Never reads more than it returns plus one page.</summary>
    Task<SessionTail> TailAsync(SessionKey key, int maxCharacters, CancellationToken cancellationToken);

    Task<Session?> GetAsync(SessionKey key, CancellationToken cancellationToken);

    /// <summary>Newest first. <paramref name="after"/> is the cursor that the last page returned.</summary>
    Task<Page<Session>> ListAsync(IReadOnlyCollection<AgentId>? agents, string? after, int limit, CancellationToken cancellationToken);

    Task<IReadOnlyList<SessionMessage>> ReadAsync(SessionKey key, long after, int limit, CancellationToken cancellationToken);

    /// <summary>The conversation begins anew; nothing is deleted. False when there is no such session.</summary>
    Task<bool> ResetAsync(SessionKey key, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Stores the running summary unless a newer one is there or the session was reset since.</summary>
    /// <param name="resetSeq">The session's <see cref="Session.ResetSeq"/> when its messages were read.</param>
    Task SaveSummaryAsync(SessionKey key, long resetSeq, long upTo, string summary, CancellationToken cancellationToken);

    /// <summary>Messages whose text holds all words, newest first, in sessions of this agent alone.</summary>
    Task<IReadOnlyList<(SessionKey Key, SessionMessage Message)>> SearchAsync(AgentId agent, string words, int limit, CancellationToken cancellationToken);
}
