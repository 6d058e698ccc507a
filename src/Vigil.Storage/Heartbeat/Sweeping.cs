using Vigil.Events;
using Vigil.Heartbeat;
using Vigil.Storage.Engine;
using Vigil.Storage.Work;
using Vigil.Work;

namespace Vigil.Storage.Heartbeat;

/// <summary>
/// Due beats become works: first the beats move on along their grids and remember in their rows what is to be done, then the works are made from those rows. Both statements
/// take all beats at once. That a slot becomes one work only is kept twice: by the row that has moved on, and by the dedupe key.
/// </summary>
internal static class Sweeping
{
    public static async Task<BeatSweep> SweepAsync(Db db, string token, string idPrefix, DateTimeOffset now, int limit)
    {
        var greatest = db.Dialect.Pick("max", "greatest");
        const string Grid = "(phase_ms + every_ms * ((@now - phase_ms) / every_ms))";
        var moved = await db.QueryAsync<MovedRow>(
            $"""
            UPDATE beat SET sweep = @token, first_missed = next_at, missed = {greatest}(0, ({Grid} - next_at) / every_ms), last_slot = {greatest}({Grid}, next_at), next_at = {Grid} + every_ms
            WHERE agent IN (SELECT agent FROM beat WHERE enabled = 1 AND next_at <= @now ORDER BY next_at, agent LIMIT @limit {db.Dialect.SkipLocked})
            RETURNING agent, every_ms, last_slot, first_missed, missed
            """, new { token, now = now.Ms(), limit = (long)limit });
        if (moved.Count == 0)
            return new BeatSweep(0, 0, 0, 0);
        var made = await MakeWorksAsync(db, token, idPrefix, now);
        foreach (var row in moved.Where(row => row.Missed > 0).OrderBy(row => row.Agent, StringComparer.Ordinal))
            db.Append(Missed(row, now));
        foreach (var row in made.OrderBy(row => row.Id, StringComparer.Ordinal))
            db.Append(Events(row, now));
        var overlaps = made.Count(row => row.IsSkipped);
        return new BeatSweep(moved.Count, made.Count - overlaps, overlaps, moved.Sum(row => row.Missed));
    }

    private static Task<IReadOnlyList<MadeRow>> MakeWorksAsync(Db db, string token, string idPrefix, DateTimeOffset now)
    {
        var dialect = db.Dialect;
        // The id of a new work as NewId makes it: an instant, then the number within this sweep, then randomness.
        const string Number = "row_number() OVER (ORDER BY due.last_slot, due.agent)";
        var id = dialect.Pick($"@idPrefix || printf('%05x', {Number}) || lower(hex(randomblob(3)))", $"@idPrefix || lpad(to_hex({Number}), 5, '0') || substr(md5(random()::text), 1, 6)");
        var slot = dialect.Pick("strftime('%Y%m%dT%H%M%SZ', b.last_slot / 1000, 'unixepoch')", "to_char(to_timestamp(b.last_slot / 1000) AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"')");
        const string Unfinished = "EXISTS (SELECT 1 FROM work earlier WHERE earlier.agent = b.agent AND earlier.source = 'heartbeat' AND earlier.state <> 'finished')";
        return db.QueryAsync<MadeRow>(
            $"""
            INSERT INTO work (id, agent, source, origin, prompt, session, context, tools, deliver, notify, dedupe_key, metadata, slot, created_at, due_at, precedence, ready, rank,
              state, outcome, reason, finished_at)
            SELECT {id}, due.agent, 'heartbeat', '', 'Heartbeat.', 'agent:' || due.agent || ':{BeatState.SessionTail}', due.context, due.tools, due.deliver, 'gated',
              due.agent || '@' || due.slot_text, @none, due.last_slot, @now, due.last_slot, 0, 1, {FairOrder.Rank(dialect, "due.agent", "due.last_slot", "0", "due.last_slot", "1")},
              CASE WHEN due.overlap THEN 'finished' ELSE 'waiting' END,
              CASE WHEN due.overlap THEN 'skipped' END,
              CASE WHEN due.overlap THEN '{Reasons.Overlap}' END,
              CASE WHEN due.overlap THEN CAST(@now AS bigint) END
            FROM (SELECT b.*, {slot} AS slot_text, {Unfinished} AS overlap FROM beat b WHERE b.sweep = @token) due
            WHERE true
            ON CONFLICT DO NOTHING
            RETURNING id, agent, session, slot, state
            """, new { token, idPrefix, now = now.Ms(), none = "{}" });
    }

    private static NewEvent Missed(MovedRow row, DateTimeOffset now) => new(now, EventTypes.WorkSkipped, WorkSources.Heartbeat, row.Agent, null, NewEvent.Json(new
    {
        outcome = "skipped",
        reason = Reasons.Missed,
        count = row.Missed,
        first = row.FirstMissed.At(),
        last = (row.LastSlot - row.EveryMs).At(),
    }));

    private static IEnumerable<NewEvent> Events(MadeRow row, DateTimeOffset now)
    {
        yield return new NewEvent(now, EventTypes.WorkRequested, WorkSources.Heartbeat, row.Agent, row.Id, NewEvent.Json(new { session = row.Session, dueAt = row.Slot.At(), slot = row.Slot.At() }));
        if (row.IsSkipped)
            yield return new NewEvent(now, EventTypes.WorkSkipped, WorkSources.Heartbeat, row.Agent, row.Id, NewEvent.Json(new { outcome = "skipped", reason = Reasons.Overlap }));
    }

    private sealed class MovedRow
    {
        public string Agent { get; set; } = "";

        public long EveryMs { get; set; }

        public long LastSlot { get; set; }

        public long FirstMissed { get; set; }

        public long Missed { get; set; }
    }

    private sealed class MadeRow
    {
        public string Id { get; set; } = "";

        public string Agent { get; set; } = "";

        public string Session { get; set; } = "";

        public long Slot { get; set; }

        public string State { get; set; } = "";

        public bool IsSkipped => State == "finished";
    }
}
