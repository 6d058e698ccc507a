using System.Collections.Concurrent;
using Vigil.Events;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Storage.Work;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Storage.Runs;

/// <summary>Begins runs inside somebody's transaction.</summary>
internal sealed class RunBeginnings
{
    // Profiles change rarely and are large: each is sent once in the life of a process.
    private readonly ConcurrentDictionary<string, bool> _profiles = new(StringComparer.Ordinal);

    /// <summary>False when another attempt owns the work.</summary>
    public async Task<bool> WriteAsync(Db db, RunStart start, WorkClaim? claim)
    {
        if (await InsertAsync(db, start, claim) == 0)
            return false;
        if (!_profiles.ContainsKey(start.ProfileHash))
            await db.RunLastAsync("INSERT INTO run_profile (hash, json) VALUES (@hash, @json) ON CONFLICT DO NOTHING",
                ("hash", start.ProfileHash), ("json", RowText.Storable(start.ProfileJson)));
        // A work starts with its first model call: one that a gate skips never did.
        if (claim is not null)
            db.Append(new NewEvent(start.StartedAt, EventTypes.WorkStarted, start.Source, start.Agent.Value, claim.WorkId,
                NewEvent.Json(new { run = start.Id, attempt = start.Attempt, model = start.ModelAsked })));
        return true;
    }

    /// <summary>The transaction is durable.</summary>
    public void Committed(RunStart start) => _profiles.TryAdd(start.ProfileHash, true);

    private static Task<int> InsertAsync(Db db, RunStart start, WorkClaim? claim) => db.RunAsync(
        $"""
        INSERT INTO run (id, journal, agent, session, source, work, attempt, node, started_at, model_asked, decided_by, agent_decided_by, profile_hash, input, state)
        SELECT @id, @journal, @agent, @session, @source, CAST(@work AS text), @runAttempt, @runNode, @started, @model, @decided, CAST(@agentDecided AS text), @profile, @input, 'running'
        {(claim is null ? "" : WorkFence.From(db.Dialect))}
        """,
        [
            ("id", start.Id), ("journal", start.Journal), ("agent", start.Agent.Value), ("session", start.Session.Value), ("source", start.Source), ("work", start.WorkId),
            ("runAttempt", (long)start.Attempt), ("runNode", start.Node), ("started", start.StartedAt.Ms()), ("model", start.ModelAsked), ("decided", start.DecidedBy), ("agentDecided", RowText.Storable(start.AgentDecidedBy)),
            ("profile", start.ProfileHash), ("input", RowJson.OfMessages(start.Input)), .. WorkFence.Parameters(claim),
        ]);
}
