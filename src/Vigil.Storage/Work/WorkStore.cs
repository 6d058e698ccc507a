using Vigil.Events;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Work;

namespace Vigil.Storage.Work;

/// <summary>Each method is one transaction; the steps of each are in the files beside this one.</summary>
internal sealed class WorkStore(IDatabase database, TimeProvider time) : IWorkStore
{
    private const int ClaimTries = 4;

    public Task<Admission> AdmitAsync(NewWork work, CancellationToken cancellationToken)
        => database.WriteAmongOthersAsync(db => WorkAdmission.AdmitAsync(db, work), cancellationToken);

    public Task<IReadOnlyList<Admission>> AdmitManyAsync(IReadOnlyList<NewWork> works, CancellationToken cancellationToken)
        => works.Count == 0
            ? Task.FromResult<IReadOnlyList<Admission>>([])
            : database.WriteAsync<IReadOnlyList<Admission>>(async db =>
            {
                var admissions = new List<Admission>(works.Count);
                foreach (var work in works)
                    admissions.Add(await WorkAdmission.AdmitAsync(db, work));
                return admissions;
            }, cancellationToken);

    public async Task<IReadOnlyList<AgentWork>> ClaimAsync(string node, int slots, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken)
    {
        if (slots <= 0)
            return [];
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await database.WriteAsync(db => WorkClaiming.ClaimAsync(db, node, slots, now.Ms(), (long)lease.TotalMilliseconds), cancellationToken);
            }
            catch (StoreException e) when (e.Problem == StoreProblem.Conflict && tries < ClaimTries)
            {
                // Another node started a work in the same session between our look and our write; the next look sees it.
            }
        }
    }

    public async Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken)
        => (await database.ReadAsync(WorkQueries.NextDueAsync, cancellationToken)).At();

    public Task<ClaimWatch> RenewAsync(string node, IReadOnlyList<WorkClaim> claims, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken)
        => claims.Count == 0
            ? Task.FromResult(new ClaimWatch([], [], []))
            : database.WriteAsync(db => WorkClaiming.RenewAsync(db, node, claims, now.Ms(), (long)lease.TotalMilliseconds), cancellationToken);

    public Task<bool> DeferAsync(WorkClaim claim, DateTimeOffset until, string reason, IReadOnlyList<GateVerdict> gates, NewEvent deferred, CancellationToken cancellationToken)
        => database.WriteAsync(db => WorkEdges.DeferAsync(db, claim, until, reason, gates, deferred), cancellationToken);

    public Task<bool> ReleaseAsync(WorkClaim claim, DateTimeOffset now, CancellationToken cancellationToken)
        => database.WriteAsync(db => WorkEdges.ReleaseAsync(db, claim, now), cancellationToken);

    public Task<CommitResult> CommitAsync(WorkClaim claim, WorkCommit commit, CancellationToken cancellationToken)
        => database.WriteAmongOthersAsync(db => WorkCommitting.CommitAsync(db, claim, commit), cancellationToken);

    public Task<IReadOnlyList<string>> CommitSkippedAsync(IReadOnlyList<(WorkClaim Claim, WorkCommit Commit)> skipped, CancellationToken cancellationToken)
        => skipped.Count == 0
            ? Task.FromResult<IReadOnlyList<string>>([])
            : database.WriteAsync<IReadOnlyList<string>>(async db =>
            {
                var mine = new List<string>(skipped.Count);
                foreach (var (claim, commit) in skipped)
                {
                    if (commit.Reservations.Count > 0)
                        throw new ArgumentException("A skipped work says nothing and reserves nothing.", nameof(skipped));
                    if (await WorkCommitting.CommitAsync(db, claim, commit) == CommitResult.Written)
                        mine.Add(claim.WorkId);
                }
                return mine;
            }, cancellationToken);

    public Task<IReadOnlyList<LostWork>> TakeOverAsync(string? deadNode, DateTimeOffset now, int attempts, CancellationToken cancellationToken)
        => database.WriteAsync(db => WorkEdges.TakeOverAsync(db, deadNode, now, attempts), cancellationToken);

    public Task<CancelResult> CancelAsync(string id, DateTimeOffset now, CancellationToken cancellationToken)
        => database.WriteAsync(db => WorkEdges.CancelAsync(db, id, now), cancellationToken);

    public Task<RetryResult> RetryAsync(string id, DateTimeOffset now, CancellationToken cancellationToken)
        => database.WriteAsync(db => WorkEdges.RetryAsync(db, id, now), cancellationToken);

    public Task<AgentWork?> GetAsync(string id, CancellationToken cancellationToken)
        => database.ReadAsync(db => WorkQueries.GetAsync(db, id), cancellationToken);

    public Task<Page<AgentWork>> ListAsync(WorkFilter filter, string? after, int limit, CancellationToken cancellationToken)
    {
        var cursor = Cursor.Parse(after);
        return database.ReadAsync(db => WorkQueries.ListAsync(db, filter, cursor, limit), cancellationToken);
    }

    public Task<WorkCounts> CountsAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().Ms();
        return database.ReadAsync(db => WorkQueries.CountsAsync(db, now), cancellationToken);
    }

    public async Task<int> PruneAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (var deleted = 0; ;)
        {
            var (batch, more) = await database.WriteAsync(db => WorkQueries.PruneAsync(db, before.Ms()), cancellationToken);
            deleted += batch;
            if (!more)
                return deleted;
        }
    }
}
