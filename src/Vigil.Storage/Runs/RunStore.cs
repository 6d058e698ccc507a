using Vigil.Agents;
using Vigil.Events;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Ledger;
using Vigil.Storage.Rows;
using Vigil.Storage.Sessions;
using Vigil.Storage.Work;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Storage.Runs;

internal sealed class RunStore(IDatabase database, RunBeginnings beginnings, TimeProvider time) : IRunStore
{
    public async Task<bool> BeginAsync(RunStart start, WorkClaim? claim, CancellationToken cancellationToken)
    {
        var begun = await database.WriteAmongOthersAsync(db => beginnings.WriteAsync(db, start, claim), cancellationToken);
        if (begun)
            beginnings.Committed(start);
        return begun;
    }

    public Task<bool> AppendAsync(string runId, string journal, TurnStep step, WorkClaim? claim, CancellationToken cancellationToken)
        => database.WriteAmongOthersAsync(db => AppendAsync(db, runId, journal, step, claim), cancellationToken);

    public Task FinishAsync(ChatEnd end, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().Ms();
        return database.WriteAsync(async db =>
        {
            await SessionTurnRows.LeaveAsync(db, end.Session.Value, end.RunId);
            if (end.LastStep is { } last)
                await AppendAsync(db, end.RunId, end.RunId, last, null);
            // Somebody else may have found it abandoned and closed it: then its words are in the session already.
            if (await RunRows.CloseAsync(db, end.RunId, end.State, now, end.Usage) == 0)
                return false;
            await SessionWrites.AppendAsync(db, end.Session, end.Messages);
            db.Append(end.Events);
            return true;
        }, cancellationToken);
    }

    public Task<RunRecord?> LatestAsync(string workId, CancellationToken cancellationToken)
        => database.ReadAsync(async db =>
        {
            // A retry begins anew: what was before it is not there to be continued.
            var runs = await LoadAsync(db,
                "WHERE work = @workId AND attempt > (SELECT retried_at_attempt FROM work WHERE id = @workId) ORDER BY attempt DESC, started_at DESC, id DESC LIMIT 1", new { workId });
            return runs.Count == 0 ? null : runs[0];
        }, cancellationToken);

    public Task<IReadOnlyList<RunRecord>> OfWorkAsync(string workId, CancellationToken cancellationToken)
        => database.ReadAsync(async db =>
        {
            var runs = await LoadAsync(db, "WHERE work = @workId ORDER BY attempt, started_at, id", new { workId });
            // A shared journal shows each step with the attempt that wrote it.
            var written = (await db.QueryAsync<StepRow>(
                $"SELECT {StepRow.Columns} FROM run_step WHERE {db.Dialect.In("journal", "journals")} ORDER BY number",
                new { journals = runs.Select(run => run.Start.Journal).Distinct().ToArray() })).ToLookup(step => step.Run);
            return (IReadOnlyList<RunRecord>)[.. runs.Select(run => run with { Steps = [.. written[run.Start.Id].Select(step => step.ToStep())] })];
        }, cancellationToken);

    public Task<RunRecord?> GetAsync(string id, CancellationToken cancellationToken)
        => database.ReadAsync(async db => (await LoadAsync(db, "WHERE id = @id", new { id })) is [var run] ? run : null, cancellationToken);

    public Task<RunStart?> OpenChatAsync(SessionKey session, CancellationToken cancellationToken)
        => database.ReadAsync(async db =>
        {
            // Who holds a session does so by the id of his run.
            var run = await db.FirstAsync<RunRow>(
                $"SELECT {RunRow.Columns} FROM run WHERE id = (SELECT holder FROM session_turn WHERE session = @session AND held = 1) AND state = 'running'", new { session = session.Value });
            return run?.ToRecord([]).Start;
        }, cancellationToken);

    public Task<IReadOnlyList<RunRecord>> AbandonedAsync(IReadOnlyCollection<string> livingNodes, CancellationToken cancellationToken)
        => database.ReadAsync(db => LoadAsync(db, $"WHERE state = 'running' AND work IS NULL AND NOT ({db.Dialect.In("node", "nodes")}) ORDER BY started_at, id",
            new { nodes = livingNodes.ToArray() }), cancellationToken);

    public Task<string?> ProfileAsync(string hash, CancellationToken cancellationToken)
        => database.ReadAsync(db => db.ScalarAsync<string>("SELECT json FROM run_profile WHERE hash = @hash", new { hash }), cancellationToken);

    private static async Task<bool> AppendAsync(Db db, string runId, string journal, TurnStep step, WorkClaim? claim)
    {
        if (await InsertAsync(db, runId, journal, step, claim) == 0)
        {
            await LedgerWrites.EndHoldAsync(db, step.Ledger?.Hold);
            return false;
        }
        if (step.Ledger is not null)
            await LedgerWrites.AddAsync(db, step.Ledger);
        return true;
    }

    private static Task<int> InsertAsync(Db db, string runId, string journal, TurnStep step, WorkClaim? claim) => db.RunAsync(
        $"""
        INSERT INTO run_step (journal, number, run, kind, at, message, call_id, intent, ends_turn, usage)
        SELECT @journal, @number, @run, @kind, @at, @message, CAST(@call AS text), CAST(@intent AS text), @ends, CAST(@usage AS text)
        {(claim is null ? $"FROM run WHERE id = @run AND state = 'running' {db.Dialect.Pick("", "FOR SHARE")}" : WorkFence.From(db.Dialect))}
        """,
        [
            ("journal", journal), ("number", (long)step.Number), ("run", runId), ("kind", Words.Of(step.Kind)), ("at", step.At.Ms()), ("message", RowJson.OfMessage(step.Message)),
            ("call", RowText.Storable(step.CallId)), ("intent", step.Intent is null ? null : RowJson.Of(step.Intent)), ("ends", step.EndsTurn ? 1L : 0L),
            ("usage", step.Usage is null ? null : RowJson.Of(step.Usage)), .. WorkFence.Parameters(claim),
        ]);

    private static async Task<IReadOnlyList<RunRecord>> LoadAsync(Db db, string which, object parameters)
    {
        var records = new List<RunRecord>();
        foreach (var run in await db.QueryAsync<RunRow>($"SELECT {RunRow.Columns} FROM run {which}", parameters))
        {
            var steps = await db.QueryAsync<StepRow>($"SELECT {StepRow.Columns} FROM run_step WHERE journal = @journal ORDER BY number", new { journal = run.Journal });
            records.Add(run.ToRecord([.. steps.Select(step => step.ToStep())]));
        }
        return records;
    }
}
