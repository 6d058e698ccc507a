using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Time;

namespace Vigil.Storage.Sessions;

/// <summary>
/// Fills SQLite's index of words after the messages are there: no turn waits for it, and a hundred messages in one write cost less than each by itself.
/// A search catches up first. PostgreSQL has the words in the message's row.
/// </summary>
internal sealed class WordIndex(IDatabase database) : IHousekeeping
{
    // Small enough that nobody else's write waits long for it.
    private const int Batch = 100;

    public string Name => "words";

    public TimeSpan Every => TimeSpan.FromSeconds(30);

    public Task RunAsync(CancellationToken cancellationToken) => CatchUpAsync(cancellationToken);

    /// <summary>Every message that was there at the call is in the index afterwards.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (database.Dialect.IsPostgres)
            return;
        var newest = await database.ReadAsync(db => db.NumberAsync("SELECT coalesce(max(id), 0) FROM session_message"), cancellationToken);
        while (true)
        {
            var upTo = await database.ReadAsync(db => db.NumberAsync("SELECT up_to FROM session_words_mark"), cancellationToken);
            if (upTo >= newest)
                return;
            await FillAsync(upTo, cancellationToken);
        }
    }

    private async Task FillAsync(long after, CancellationToken cancellationToken)
    {
        var messages = await database.ReadAsync(db => db.RowsAsync(
            "SELECT id, session, message FROM session_message WHERE id > @after ORDER BY id LIMIT @batch", Indexed.Read, ("after", after), ("batch", (long)Batch)), cancellationToken);
        await database.WriteAsync(async db =>
        {
            // Two may fill at once; the second finds the mark moved, and each message is in the index once.
            var isMoved = await db.RunAsync("UPDATE session_words_mark SET up_to = @last WHERE up_to = @after", ("last", messages[^1].Id), ("after", after)) == 0;
            if (isMoved)
                return false;
            foreach (var (id, agent, words) in messages.Where(message => message.Words.Length > 0))
                await db.RunAsync("INSERT INTO session_words (rowid, agent, words) VALUES (@id, @agent, @words)", ("id", id), ("agent", agent), ("words", words));
            return true;
        }, cancellationToken);
    }

    private readonly record struct Indexed(long Id, string Agent, string Words)
    {
        public static Indexed Read(Row row) => new(row.Number(0), SearchWords.OfAgent(SessionKey.Parse(row.Text(1)).Agent.Value), WordsOf(row.Text(2)));

        private static string WordsOf(string json)
        {
            try
            {
                return string.Join(' ', SearchWords.Cut(RowJson.Message(json)));
            }
            catch (JsonException)
            {
                // What cannot be read is not found; everything else still is.
                return "";
            }
        }
    }
}
