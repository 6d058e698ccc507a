using Microsoft.Extensions.AI;
using Vigil.Agents;

namespace Vigil.Api;

/// <summary>Stored answers of <c>/v1/responses</c>. Each holds what was new in it; a conversation is the chain of those before.</summary>
public interface IResponses
{
    static readonly TimeSpan Life = TimeSpan.FromDays(30);

    Task AddAsync(StoredResponse response, CancellationToken cancellationToken);

    Task<StoredResponse?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Everything said up to and with this response, oldest first; it begins after the first link that is gone.</summary>
    Task<IReadOnlyList<ChatMessage>> HistoryAsync(string id, CancellationToken cancellationToken);

    Task<bool> DeleteAsync(string id, CancellationToken cancellationToken);

    Task<int> PruneAsync(CancellationToken cancellationToken);
}

/// <param name="Session">The conversation that it belongs to, if the caller named one.</param>
/// <param name="Messages">Input and turn, without what came before.</param>
/// <param name="Json">The answer as it was sent.</param>
public sealed record StoredResponse(string Id, AgentId Agent, SessionKey? Session, string? Previous, DateTimeOffset CreatedAt, IReadOnlyList<ChatMessage> Messages, string Json);
