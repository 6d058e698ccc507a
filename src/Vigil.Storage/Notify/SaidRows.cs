using Vigil.Agents;
using Vigil.Notify;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Notify;

/// <summary>What was said where: reserved in the commit, confirmed by the receipt, released when undeliverable.</summary>
internal static class SaidRows
{
    /// <summary>
    /// One that changes no row means that another notification holds its key; the caller then rolls back. In one order, so that two who want the same keys wait and do not
    /// lock up.
    /// </summary>
    public static IEnumerable<Statement> Reserve(IReadOnlyList<SaidReservation> reservations) => reservations
        .OrderBy(reservation => reservation.Entry.Agent.Value, StringComparer.Ordinal)
        .ThenBy(reservation => reservation.Entry.Target, StringComparer.Ordinal)
        .ThenBy(reservation => reservation.Entry.Key, StringComparer.Ordinal)
        .Select(Reserve);

    public static Task<int> ConfirmAsync(Db db, string notification, string target, long at) => db.RunAsync(
        "UPDATE said SET confirmed = 1, at = @at WHERE notification = @notification AND target = @target", ("notification", notification), ("target", target), ("at", at));

    public static Task<int> ReleaseAsync(Db db, string notification, string target) => db.RunAsync(
        "DELETE FROM said WHERE notification = @notification AND target = @target", ("notification", notification), ("target", target));

    /// <summary>What was said since, and what is still on its way however long: a night of quiet hours may be longer than the window.</summary>
    public static async Task<IReadOnlyList<SaidEntry>> ReadAsync(Db db, AgentId agent, IReadOnlyCollection<string> keys, long since)
        => [.. (await db.QueryAsync<SaidRow>(
            $"""
            SELECT agent, target, key, notification, at, confirmed, figures, urgency, text FROM said
            WHERE agent = @agent AND {db.Dialect.In("key", "keys")} AND (at >= @since OR (confirmed = 0 AND EXISTS (
              SELECT 1 FROM delivery d WHERE d.notification = said.notification AND d.target = said.target AND d.state IN ('waiting', 'held', 'sending'))))
            ORDER BY at DESC, target
            """, new { agent = agent.Value, keys = keys.ToArray(), since })).Select(row => row.ToEntry())];

    private static Statement Reserve(SaidReservation reservation)
    {
        var entry = reservation.Entry;
        return new Statement(
            """
            INSERT INTO said (agent, target, key, notification, at, confirmed, figures, urgency, text)
            VALUES (@agent, @target, @key, @notification, @at, @confirmed, @figures, @urgency, @text)
            ON CONFLICT (agent, target, key) DO UPDATE SET notification = excluded.notification, at = excluded.at, confirmed = excluded.confirmed, figures = excluded.figures,
              urgency = excluded.urgency, text = excluded.text
            WHERE said.at < @since OR said.notification = @replaces OR said.notification = excluded.notification
            """,
            ("agent", entry.Agent.Value), ("target", entry.Target), ("key", entry.Key), ("notification", entry.NotificationId), ("at", entry.At.Ms()),
            ("confirmed", entry.Confirmed ? 1L : 0L), ("figures", RowText.Storable(entry.Figures)), ("urgency", Words.Of(entry.Urgency)), ("text", RowText.Storable(entry.Text)),
            ("since", reservation.Since.Ms()), ("replaces", reservation.Replaces ?? ""));
    }

    private sealed class SaidRow
    {
        public string Agent { get; set; } = "";

        public string Target { get; set; } = "";

        public string Key { get; set; } = "";

        public string Notification { get; set; } = "";

        public long At { get; set; }

        public long Confirmed { get; set; }

        public string? Figures { get; set; }

        public string Urgency { get; set; } = "";

        public string Text { get; set; } = "";

        public SaidEntry ToEntry() => new(AgentId.Parse(Agent), Target, Key, Notification, At.At(), Confirmed != 0, Figures, Words.Parse<Urgency>(Urgency), Text);
    }
}
