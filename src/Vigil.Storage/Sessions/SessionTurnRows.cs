using Vigil.Events;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Sessions;

internal static class SessionTurnRows
{
    private const string Ready = "FROM work WHERE session = @session AND state = 'waiting' AND ready = 1";

    public const string WorkRuns = "EXISTS (SELECT 1 FROM work WHERE work.session = @session AND work.state = 'running')";

    /// <summary>Announces a turn, and takes the session if nobody is before it. The caller holds the session's lock.</summary>
    public static async Task<bool> TryEnterAsync(Db db, string session, string holder, string node, long lease, long now)
    {
        await db.RunAsync($"DELETE FROM session_turn WHERE session = @session AND lease_until <= {db.Dialect.Now} AND holder <> @holder", ("session", session), ("now", now), ("holder", holder));
        await db.RunAsync(
            $"""
            INSERT INTO session_turn (session, holder, node, asked_at, lease_until) VALUES (@session, @holder, @node, @now, {db.Dialect.Now} + @lease)
            ON CONFLICT (session, holder) DO UPDATE SET lease_until = excluded.lease_until, node = excluded.node
            """, ("session", session), ("holder", holder), ("node", node), ("now", now), ("lease", lease));
        return await db.RunAsync(
            $"""
            UPDATE session_turn SET held = 1
            WHERE session = @session AND holder = @holder AND NOT {WorkRuns} AND NOT EXISTS (
              SELECT 1 FROM session_turn other
              WHERE other.session = @session AND other.holder <> @holder AND (other.held = 1 OR (other.asked_at, other.holder) < (session_turn.asked_at, session_turn.holder)))
            """, ("session", session), ("holder", holder)) > 0;
    }

    /// <summary>Works that could run now and let the person go first are said to be deferred: no wait is silent.</summary>
    public static async Task NoteWhoWaitsAsync(Db db, string session, DateTimeOffset now)
    {
        if (await db.NumberAsync($"SELECT count(*) {Ready}", ("session", session)) == 0)
            return;
        foreach (var work in await db.QueryAsync<WaitingRow>($"SELECT id, agent, source {Ready} ORDER BY rank, id LIMIT 100", new { session }))
            db.Append(new NewEvent(now, EventTypes.WorkDeferred, work.Source, work.Agent, work.Id, NewEvent.Json(new { reason = Reasons.Busy, until = (DateTimeOffset?)null })));
    }

    public static Task<int> LeaveAsync(Db db, string session, string holder)
        => db.RunAsync("DELETE FROM session_turn WHERE session = @session AND holder = @holder", ("session", session), ("holder", holder));

    /// <summary>Which of the sessions a person holds or waits for.</summary>
    public static async Task<IReadOnlyList<string>> PersonsAsync(Db db, IReadOnlyCollection<string> sessions, long now)
        => sessions.Count == 0
            ? []
            : await db.QueryAsync<string>(
                $"SELECT DISTINCT session FROM session_turn WHERE {db.Dialect.In("session", "sessions")} AND lease_until > {db.Dialect.Now}", new { sessions = sessions.ToArray(), now });

    private sealed class WaitingRow
    {
        public string Id { get; set; } = "";

        public string Agent { get; set; } = "";

        public string Source { get; set; } = "";
    }
}
