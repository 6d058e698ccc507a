using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Sessions;

/// <summary>Appends to a conversation inside somebody's transaction: a chat's end, a work's commit, a receipt.</summary>
internal static class SessionWrites
{
    private const int Picture = 5_000;

    // The counter's row is locked until the end of the transaction, so numbers have no gaps and no doubles.
    private const string Count =
        """
        INSERT INTO session (key, agent, created_at, updated_at, person_at, messages) VALUES (@key, @agent, @first, @last, @person, @count)
        ON CONFLICT (key) DO UPDATE SET messages = session.messages + excluded.messages,
          updated_at = CASE WHEN excluded.updated_at > session.updated_at THEN excluded.updated_at ELSE session.updated_at END,
          person_at = coalesce(excluded.person_at, session.person_at)
        RETURNING messages
        """;

    public static Task AppendAsync(Db db, SessionKey key, IReadOnlyList<NewSessionMessage> messages)
    {
        if (messages.Count == 0)
            return Task.CompletedTask;
        return db.Dialect.IsPostgres ? AppendLastAsync(db, key, messages) : AppendNowAsync(db, key, messages);
    }

    private static (string, object?)[] Counted(SessionKey key, IReadOnlyList<NewSessionMessage> messages) =>
    [
        ("key", key.Value), ("agent", key.Agent.Value), ("first", messages[0].At.Ms()), ("last", messages.Max(message => message.At).Ms()),
        ("person", messages.Where(message => message.ByPerson).Select(message => (long?)message.At.Ms()).Max()), ("count", (long)messages.Count),
    ];

    private static async Task AppendNowAsync(Db db, SessionKey key, IReadOnlyList<NewSessionMessage> messages)
    {
        var seq = await db.NumberAsync(Count, Counted(key, messages)) - messages.Count;
        foreach (var message in messages)
        {
            var json = RowJson.OfMessage(message.Message);
            await db.RunAsync("INSERT INTO session_message (session, seq, at, kind, run, work, message, size) VALUES (@session, @seq, @at, @kind, @run, @work, @json, @size)",
                ("session", key.Value), ("seq", ++seq), ("at", message.At.Ms()), ("kind", Words.Of(message.Kind)), ("run", message.RunId), ("work", message.WorkId),
                ("json", json), ("size", Size(message.Message, json)));
        }
    }

    /// <summary>One statement, because the numbers are known only where it runs: with the commit, for many may write to one conversation.</summary>
    private static Task AppendLastAsync(Db db, SessionKey key, IReadOnlyList<NewSessionMessage> messages)
    {
        var agent = SearchWords.OfAgent(key.Agent.Value);
        var json = messages.Select(message => RowJson.OfMessage(message.Message)).ToArray();
        return db.RunLastAsync(
            $"""
            WITH counter AS ({Count})
            INSERT INTO session_message (session, seq, at, kind, run, work, message, size, words)
            SELECT @key, counter.messages - @count + m.n, m.at, m.kind, m.run, m.work, m.message, m.size, array_to_tsvector(string_to_array(m.words, ' '))
            FROM counter, unnest(@at, @kind, @run, @work, @json, @size, @words) WITH ORDINALITY AS m (at, kind, run, work, message, size, words, n)
            """,
            [
                .. Counted(key, messages), ("at", messages.Select(message => message.At.Ms()).ToArray()), ("kind", messages.Select(message => Words.Of(message.Kind)).ToArray()),
                ("run", messages.Select(message => message.RunId).ToArray()), ("work", messages.Select(message => message.WorkId).ToArray()), ("json", json),
                ("size", json.Select((text, i) => Size(messages[i].Message, text)).ToArray()),
                ("words", messages.Select(message => string.Join(' ', SearchWords.Cut(message.Message).Append(agent))).ToArray()),
            ]);
    }

    // What a message takes of the model's context. A picture is looked at and not read: by its characters, one would push the whole conversation out.
    // Large ones count for more all the same, since every request carries them.
    private static long Size(ChatMessage message, string json)
    {
        long size = json.Length;
        foreach (var content in message.Contents)
        {
            if (content is DataContent picture && picture.HasTopLevelMediaType("image"))
                size += Picture - picture.Uri.Length + (picture.Uri.Length / 100);
        }
        return Math.Max(size, 0);
    }
}
