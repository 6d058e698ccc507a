using Vigil.Events;
using Vigil.Storage.Engine;
using Vigil.Work;

namespace Vigil.Storage.Work;

/// <summary>Asked for → waiting.</summary>
internal static class WorkAdmission
{
    public static async Task<Admission> AdmitAsync(Db db, NewWork asked)
    {
        var row = WorkRow.Of(asked);
        if (await InsertAsync(db, row) > 0)
        {
            db.Append(Requested(asked.Work));
            return new Admission(asked.Work with { State = WorkState.Waiting }, Created: true);
        }
        var first = await db.FirstAsync<WorkRow>(row.DedupeKey is null
            ? $"SELECT {WorkRow.Columns} FROM work WHERE id = @Id"
            : $"SELECT {WorkRow.Columns} FROM work WHERE source = @Source AND origin = @Origin AND dedupe_key = @DedupeKey", row)
            ?? throw new InvalidOperationException($"The id {row.Id} is taken by a work with another dedupe key.");
        return new Admission(await WorkDetails.LoadAsync(db, first), Created: false)
        {
            Conflict = first.Fingerprint is not null && row.Fingerprint is not null && first.Fingerprint != row.Fingerprint,
        };
    }

    public static NewEvent Requested(AgentWork work, bool again = false) => new(work.CreatedAt, EventTypes.WorkRequested, work.Source, work.Agent.Value, work.Id, NewEvent.Json(new
    {
        session = work.Session.Value,
        dueAt = work.DueAt,
        slot = work.Slot,
        parent = work.ParentId,
        again,
    }));

    private static Task<int> InsertAsync(Db db, WorkRow row)
    {
        var ready = row.DueAt <= row.CreatedAt ? 1L : 0L;
        return db.RunAsync(
            $"""
            INSERT INTO work (id, agent, source, origin, prompt, session, context, model, model_decided_by, tools, deliver, notify, deadline, dedupe_key, fingerprint,
              metadata, parent, slot, created_at, due_at, precedence, ready, rank, state)
            VALUES (@id, @agent, @source, @origin, @prompt, @session, @context, @model, @decided, @tools, @deliver, @notify, @deadline, @dedupe, @fingerprint,
              @metadata, @parent, @slot, @created, @due, @precedence, @ready, {FairOrder.Rank(db.Dialect, "@agent", "@due", "@precedence", "@due", "1")}, 'waiting')
            ON CONFLICT DO NOTHING
            """,
            // First what two may admit at the same time: see LockOrder.
            ("dedupe", row.DedupeKey), ("source", row.Source), ("origin", row.Origin), ("id", row.Id), ("agent", row.Agent), ("prompt", row.Prompt), ("session", row.Session), ("context", row.Context),
            ("model", row.Model), ("decided", row.ModelDecidedBy), ("tools", row.Tools), ("deliver", row.Deliver), ("notify", row.Notify), ("deadline", row.Deadline),
            ("fingerprint", row.Fingerprint), ("metadata", row.Metadata), ("parent", row.Parent), ("slot", row.Slot), ("created", row.CreatedAt),
            ("due", row.DueAt), ("precedence", row.Precedence), ("ready", ready));
    }
}
