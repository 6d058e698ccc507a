using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Sessions;

/// <summary>Appends to a conversation inside somebody's transaction: a chat's end, a work's commit, a receipt.</summary>
internal static class SessionWrites
{
    public static async Task AppendAsync(Db db, SessionKey key, IReadOnlyList<NewSessionMessage> messages)
    {
        if (messages.Count == 0)
            return;
        // The counter's row is locked until the end of the transaction, so numbers have no gaps and no doubles.
        var last = await db.NumberAsync(
            $"""
            INSERT INTO session (key, agent, created_at, updated_at, person_at, messages) VALUES (@key, @agent, @first, @last, @person, @count)
            ON CONFLICT (key) DO UPDATE SET messages = session.messages + excluded.messages,
              updated_at = {db.Dialect.Pick("max", "greatest")}(session.updated_at, excluded.updated_at), person_at = coalesce(excluded.person_at, session.person_at)
            RETURNING messages
            """,
            ("key", key.Value), ("agent", key.Agent.Value), ("first", messages[0].At.Ms()), ("last", messages.Max(message => message.At).Ms()),
            ("person", messages.Where(message => message.ByPerson).Select(message => (long?)message.At.Ms()).Max()), ("count", (long)messages.Count));
        var seq = last - messages.Count;
        foreach (var message in messages)
            await InsertAsync(db, key, ++seq, message);
    }

    private static async Task InsertAsync(Db db, SessionKey key, long seq, NewSessionMessage message)
    {
        var json = RowJson.OfMessage(message.Message);
        IEnumerable<string> words = message.Message.Role == ChatRole.Tool ? [] : SearchWords.Cut(message.Message.Text);
        var agent = SearchWords.OfAgent(key.Agent.Value);
        if (db.Dialect.IsPostgres)
        {
            await db.RunAsync(
                """
                INSERT INTO session_message (session, seq, at, kind, run, work, message, size, words)
                VALUES (@session, @seq, @at, @kind, @run, @work, @json, @size, array_to_tsvector(@words))
                """, [.. Row(), ("words", words.Append(agent).ToArray())]);
            return;
        }
        await db.RunAsync("INSERT INTO session_message (session, seq, at, kind, run, work, message, size) VALUES (@session, @seq, @at, @kind, @run, @work, @json, @size)", Row());
        var text = string.Join(' ', words);
        if (text.Length > 0)
            await db.RunAsync("INSERT INTO session_words (rowid, agent, words) VALUES (last_insert_rowid(), @agent, @text)", ("agent", agent), ("text", text));

        (string, object?)[] Row() =>
        [
            ("session", key.Value), ("seq", seq), ("at", message.At.Ms()), ("kind", Words.Of(message.Kind)), ("run", message.RunId), ("work", message.WorkId),
            ("json", json), ("size", (long)json.Length),
        ];
    }
}
