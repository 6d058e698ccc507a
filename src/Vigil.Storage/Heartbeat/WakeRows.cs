using Vigil.Agents;
using Vigil.Events;
using Vigil.Heartbeat;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Storage.Work;
using Vigil.Work;

namespace Vigil.Storage.Heartbeat;

/// <summary>Wakes on their way in: kept, led to one work, counted.</summary>
internal static class WakeRows
{
    private const long HourMs = 3_600_000;

    public static async Task<WakeAdmission> AdmitAsync(Db db, NewWake wake)
    {
        var work = wake.Work;
        var agent = work.Agent.Value;
        var now = work.CreatedAt.Ms();
        // The lane's row is locked until the commit: two wakes of one agent never both find that nobody waits.
        var lane = (await db.FirstAsync<LaneRow>(
            """
            INSERT INTO wake_lane (agent, hour_from, wakes) VALUES (@agent, @now, 0)
            ON CONFLICT (agent) DO UPDATE SET agent = excluded.agent RETURNING hour_from, wakes
            """, new { agent, now }))!;
        if (wake.Key is not null && await OfKeyAsync(db, agent, wake) is { } known)
            return known;

        if (lane.HourFrom <= now - HourMs)
            (lane.HourFrom, lane.Wakes) = (now, 0);
        lane.Wakes++;
        await db.RunAsync("UPDATE wake_lane SET hour_from = @from, wakes = @wakes WHERE agent = @agent", ("agent", agent), ("from", lane.HourFrom), ("wakes", lane.Wakes));
        var putOff = lane.Wakes > wake.PerHour;
        var due = putOff ? lane.HourFrom + HourMs : now + (long)wake.Coalesce.TotalMilliseconds;

        var waiting = await WaitingAsync(db, agent, wake.Urgent, wake.Source == BeatState.CommandSource, putOff, due);
        var target = waiting is not null
            ? (await WorkQueries.GetAsync(db, waiting))!
            : (await WorkAdmission.AdmitAsync(db, new NewWork(work with { DueAt = due.At() }) { Precedence = BeatState.WakePrecedence })).Work;
        await db.RunAsync(
            "INSERT INTO wake_event (agent, work, at, source, urgent, key, text) VALUES (@agent, @work, @at, @source, @urgent, @key, @text)",
            ("agent", agent), ("work", target.Id), ("at", now), ("source", wake.Source), ("urgent", wake.Urgent ? 1L : 0L), ("key", wake.Key), ("text", RowText.Storable(wake.Text)));
        if (lane.Wakes == wake.PerHour + 1)
            db.Append(Flooded(work, wake.PerHour, due));
        return new WakeAdmission(target, Joined: waiting is not null, putOff, Replayed: false);
    }

    public static async Task<IReadOnlyList<WakeEvent>> EventsOfAsync(Db db, string workId)
        => [.. (await db.QueryAsync<EventRow>("SELECT at, source, text, urgent FROM wake_event WHERE work = @workId ORDER BY id", new { workId }))
            .Select(row => new WakeEvent(row.At.At(), row.Source, row.Text, row.Urgent != 0))];

    public static async Task<IReadOnlyList<AgentWork>> FollowUpsAsync(Db db, AgentId agent, int limit)
    {
        var rows = await db.QueryAsync<WorkRow>(
            $"SELECT {WorkRow.Columns} FROM work WHERE agent = @agent AND source = 'wake' AND state = 'waiting' AND origin = '{BeatState.FollowUpOrigin}' ORDER BY due_at, id LIMIT @limit",
            new { agent = agent.Value, limit = (long)limit });
        return [.. rows.Select(row => row.ToWork())];
    }

    public static Task<long> SinceAsync(Db db, AgentId agent, DateTimeOffset since)
        => db.ScalarAsync<long>("SELECT count(*) FROM work WHERE agent = @agent AND created_at >= @since AND source = 'wake' AND state = 'finished' AND outcome <> 'skipped'",
            new { agent = agent.Value, since = since.Ms() });

    public static Task<int> HurryAsync(Db db, AgentId? agent, IReadOnlyCollection<string> reasons, DateTimeOffset now)
        => db.ExecuteAsync(
            $"""
            UPDATE work SET due_at = @now, rank = @now + precedence, ready = 0
            WHERE {(agent is null ? "" : "agent = @agent AND ")}source = 'wake' AND state = 'waiting' AND {db.Dialect.In("reason", "reasons")} AND due_at > @now
            """, new { agent = agent?.Value, reasons = reasons.ToArray(), now = now.Ms() });

    public static Task<int> PruneAsync(Db db, DateTimeOffset before, int limit)
        => db.ExecuteAsync(
            """
            DELETE FROM wake_event WHERE id IN (
              SELECT e.id FROM wake_event e WHERE e.at < @before AND NOT EXISTS (SELECT 1 FROM work w WHERE w.id = e.work AND w.state <> 'finished') ORDER BY e.at LIMIT @limit)
            """, new { before = before.Ms(), limit = (long)limit });

    private static async Task<WakeAdmission?> OfKeyAsync(Db db, string agent, NewWake wake)
    {
        var (id, text, urgent) = await db.FirstAsync<(string? Work, string Text, long Urgent)>(
            "SELECT work, text, urgent FROM wake_event WHERE agent = @agent AND source = @source AND key = @key", new { agent, source = wake.Source, key = wake.Key });
        return id is not null && await WorkQueries.GetAsync(db, id) is { } work
            ? new WakeAdmission(work, Joined: false, PutOff: false, Replayed: true) { Conflict = text != RowText.Storable(wake.Text) || urgent != 0 != wake.Urgent }
            : null;
    }

    /// <summary>
    /// The waiting wake that an event may join. One that is put off takes only others that are; an urgent event waits for none that is kept for later, unless that one is
    /// urgent itself; so does the end of a command, which passes more than other events.
    /// </summary>
    private static Task<string?> WaitingAsync(Db db, string agent, bool urgent, bool command, bool putOff, long due) => db.ScalarAsync<string>(
        $"""
        SELECT w.id FROM work w
        WHERE w.agent = @agent AND w.source = 'wake' AND w.state = 'waiting' AND w.origin = ''
          AND (@putOff = 0 OR w.due_at >= @due)
          AND ((@urgent = 0 AND @command = 0) OR w.due_at <= @due
            OR EXISTS (SELECT 1 FROM wake_event e WHERE e.work = w.id AND (e.urgent = 1 OR (@urgent = 0 AND e.source = '{BeatState.CommandSource}'))))
        ORDER BY w.due_at, w.id LIMIT 1 {db.Dialect.ForUpdate}
        """, new { agent, urgent = urgent ? 1L : 0L, command = command ? 1L : 0L, putOff = putOff ? 1L : 0L, due });

    private static NewEvent Flooded(AgentWork work, int limit, long until) => new(work.CreatedAt, EventTypes.WorkDeferred, WorkSources.Wake, work.Agent.Value, null,
        NewEvent.Json(new { reason = Reasons.Flood, limit, until = until.At() }));

    private sealed class LaneRow
    {
        public long HourFrom { get; set; }

        public long Wakes { get; set; }
    }

    private sealed class EventRow
    {
        public long At { get; set; }

        public string Source { get; set; } = "";

        public string Text { get; set; } = "";

        public long Urgent { get; set; }
    }
}
