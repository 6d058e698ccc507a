using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Sessions;

/// <summary>Begins an old conversation anew inside the transaction in which a person enters it. The caller holds the session.</summary>
internal static class SessionResets
{
    /// <summary>False when the conversation goes on.</summary>
    public static async Task<bool> ResetAsync(Db db, SessionKey key, FreshStart fresh, DateTimeOffset now)
    {
        var begun = await db.NumberAsync("SELECT coalesce(max(reset_seq), -1) FROM session WHERE key = @key AND person_at < @before", ("key", key.Value), ("before", fresh.Before.Ms()));
        if (begun < 0)
            return false;
        // What the agent said and did of its own accord since the person's last turn stays in the context, so that it can be answered.
        var last = await db.NumberAsync(
            """
            SELECT coalesce(max(seq), 0) FROM (
              SELECT seq FROM session_message WHERE session = @key AND seq > @begun AND work IS NULL AND kind <> 'notice' ORDER BY seq DESC LIMIT 1) newest
            """, ("key", key.Value), ("begun", begun));
        if (last == 0)
            return false;
        await SessionWrites.AppendAsync(db, key, [new NewSessionMessage(now, new ChatMessage(ChatRole.Assistant, fresh.Note), MessageKind.Break)]);
        // The note counts among the messages here. The person is writing now: whoever enters next, perhaps after a crash, finds a young conversation.
        await db.RunLastAsync(
            """
            UPDATE session SET reset_seq = CASE WHEN messages - 1 > @last THEN @last ELSE messages END, summary_seq = CASE WHEN messages - 1 > @last THEN @last ELSE messages END,
              summary = NULL, person_at = @now
            WHERE key = @key AND reset_seq < @last
            """, ("last", last), ("now", now.Ms()), ("key", key.Value));
        db.Append(new NewEvent(now, EventTypes.SessionReset, "chat", key.Agent.Value, Payload: NewEvent.Json(new { session = key.Value, reason = fresh.Reason, before = fresh.Before })));
        return true;
    }
}
