using Dapper;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Sessions;

internal sealed class SessionStore(IDatabase database) : ISessionStore
{
    private const int PageOfTail = 128;

    private readonly RecentTails _recent = new();
    private readonly WordIndex _words = new(database);

    public Task AppendAsync(SessionKey key, IReadOnlyList<NewSessionMessage> messages, CancellationToken cancellationToken)
        => database.WriteAsync(async db =>
        {
            await SessionWrites.AppendAsync(db, key, messages);
            return true;
        }, cancellationToken);

    public Task<SessionTail> TailAsync(SessionKey key, int maxCharacters, CancellationToken cancellationToken)
        => database.ReadAsync(async db =>
        {
            var session = await FindAsync(db, key);
            if (session is null)
                return new SessionTail(null, []);
            var after = Math.Max(session.ResetSeq, session.SummarySeq);
            var known = _recent.Find(session);
            var since = known is [.., var last] ? await PageAsync(db, key, Math.Max(after, last.Message.Seq), session.Messages + 1) : [];
            if (since.Count == PageOfTail)
                known = [];
            List<StoredMessage> newest = [.. since, .. known.Reverse().Where(message => message.Message.Seq > after)];
            var hadMore = since.Count > 0;
            var (length, characters) = (0, 0L);
            var (mayEnd, isAll) = (false, false);
            while (true)
            {
                for (; length < newest.Count; length++)
                {
                    var (message, size) = newest[length];
                    characters += size;
                    // A turn is carried whole or not at all: a tool's result without its call is refused by every provider. The newest turn is always carried.
                    if (characters > maxCharacters && mayEnd)
                        return Tail(session, newest, length, hadMore);
                    mayEnd |= BeginsTurn(message);
                }
                var before = newest is [.., var oldest] ? oldest.Message.Seq : session.Messages + 1;
                if (isAll || before <= after + 1)
                    return Tail(session, newest, length, hadMore);
                var page = await PageAsync(db, key, after, before);
                (hadMore, isAll) = (hadMore || page.Count > 0, page.Count < PageOfTail);
                newest.AddRange(page);
            }
        }, cancellationToken);

    public Task<Session?> GetAsync(SessionKey key, CancellationToken cancellationToken) => database.ReadAsync(db => FindAsync(db, key), cancellationToken);

    public async Task<Page<Session>> ListAsync(IReadOnlyCollection<AgentId>? agents, string? after, int limit, CancellationToken cancellationToken)
    {
        var cursor = Cursor.Parse(after);
        var parameters = new DynamicParameters(new { limit = limit + 1L, at = cursor?.At, id = cursor?.Id });
        List<string> where = [];
        if (agents is { Count: 1 })
            where.Add("agent = @agents");
        else if (agents is not null)
            where.Add(database.Dialect.In("agent", "agents"));
        if (agents is not null)
            parameters.Add("agents", agents.Count == 1 ? agents.First().Value : agents.Select(agent => agent.Value).ToArray());
        if (cursor is not null)
            where.Add("(updated_at, key) < (@at, @id)");
        var rows = await database.ReadAsync(db => db.QueryAsync<SessionRow>(
            $"SELECT {SessionRow.Columns} FROM session {(where.Count == 0 ? "" : "WHERE " + string.Join(" AND ", where))} ORDER BY updated_at DESC, key DESC LIMIT @limit", parameters),
            cancellationToken);
        return Cursor.Page(rows, limit, row => new Cursor(row.UpdatedAt, row.Key), row => row.ToSession());
    }

    public async Task<IReadOnlyList<SessionMessage>> ReadAsync(SessionKey key, long after, int limit, CancellationToken cancellationToken)
        => [.. (await database.ReadAsync(db => db.QueryAsync<MessageRow>(
            $"SELECT {MessageRow.Columns} FROM session_message WHERE session = @key AND seq > @after ORDER BY seq LIMIT @limit", new { key = key.Value, after, limit = (long)limit }),
            cancellationToken)).Select(row => row.ToMessage())];

    public Task<bool> ResetAsync(SessionKey key, DateTimeOffset at, CancellationToken cancellationToken)
        => database.WriteAsync(async db => await db.ExecuteAsync(
            "UPDATE session SET reset_seq = messages, summary = NULL, summary_seq = messages, updated_at = @at WHERE key = @key", new { key = key.Value, at = at.Ms() }) > 0, cancellationToken);

    public Task SaveSummaryAsync(SessionKey key, long resetSeq, long upTo, string summary, CancellationToken cancellationToken)
        => database.WriteAsync(db => db.ExecuteAsync(
            "UPDATE session SET summary = @summary, summary_seq = @upTo WHERE key = @key AND summary_seq < @upTo AND reset_seq = @resetSeq AND messages >= @upTo",
            new { key = key.Value, resetSeq, upTo, summary = RowText.Storable(summary) }), cancellationToken);

    public async Task<IReadOnlyList<(SessionKey Key, SessionMessage Message)>> SearchAsync(AgentId agent, string words, int limit, CancellationToken cancellationToken)
    {
        var wanted = SearchWords.Cut(words);
        if (wanted.Count == 0)
            return [];
        await _words.CatchUpAsync(cancellationToken);
        // Words are letters and digits alone, so quoting them is safe in both query languages.
        var (sql, query) = database.Dialect.IsPostgres
            ? ("WHERE words @@ @query::tsquery", string.Join(" & ", wanted.Append(SearchWords.OfAgent(agent.Value)).Select(word => $"'{word}'")))
            : ("WHERE id IN (SELECT rowid FROM session_words WHERE session_words MATCH @query ORDER BY rowid DESC LIMIT @limit)",
                $"agent : \"{SearchWords.OfAgent(agent.Value)}\" AND words : ({string.Join(" AND ", wanted.Select(word => $"\"{word}\""))})");
        var rows = await database.ReadAsync(db => db.QueryAsync<MessageRow>(
            $"SELECT {MessageRow.Columns} FROM session_message {sql} ORDER BY id DESC LIMIT @limit", new { query, limit = (long)limit }), cancellationToken);
        return [.. rows.Select(row => (SessionKey.Parse(row.Session), row.ToMessage()))];
    }

    private static bool BeginsTurn(SessionMessage message) => message.Kind == MessageKind.Notice || (message.Kind == MessageKind.Turn && message.Message.Role == ChatRole.User);

    private static async Task<Session?> FindAsync(Db db, SessionKey key)
        => await db.RowsAsync($"SELECT {SessionRow.Columns} FROM session WHERE key = @key", SessionRow.Read, ("key", key.Value)) is [var session] ? session : null;

    // Newest first.
    private static Task<List<StoredMessage>> PageAsync(Db db, SessionKey key, long after, long before)
        => before <= after + 1
            ? Task.FromResult<List<StoredMessage>>([])
            : db.RowsAsync($"SELECT {StoredMessage.Columns} FROM session_message WHERE session = @key AND seq > @after AND seq < @before ORDER BY seq DESC LIMIT {PageOfTail}",
                StoredMessage.Read, ("key", key.Value), ("after", after), ("before", before));

    /// <param name="session">The conversation.</param>
    /// <param name="newestFirst">What was read of it.</param>
    /// <param name="length">How much of that fits.</param>
    /// <param name="isNews">Whether some of it was not kept before.</param>
    private SessionTail Tail(Session session, List<StoredMessage> newestFirst, int length, bool isNews)
    {
        while (length > 0 && !BeginsTurn(newestFirst[length - 1].Message))
            length--;
        newestFirst.Reverse();
        if (isNews)
            _recent.Keep(session, newestFirst);
        return new SessionTail(session, [.. newestFirst.Skip(newestFirst.Count - length).Select(message => message.Message)]);
    }
}
