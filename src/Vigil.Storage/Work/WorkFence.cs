using Vigil.Storage.Engine;
using Vigil.Work;

namespace Vigil.Storage.Work;

/// <summary>"If I am still that attempt", asked inside the write that depends on it.</summary>
internal static class WorkFence
{
    public const string Holds = "id = @work AND attempt = @attempt AND node = @node AND state = 'running'";

    /// <summary>
    /// Ends an INSERT … SELECT that writes its row only while the claim holds. On PostgreSQL the claim then holds until the transaction ends, so that a take-over cannot slip
    /// between the look and the write: whoever ends a claim from outside takes the row <see cref="SqlDialect.ForUpdate"/> first. A renewal of the lease does not wait for it.
    /// </summary>
    public static string From(SqlDialect dialect)
        => $"FROM work WHERE id = @claimed AND attempt = @claimAttempt AND node = @claimNode AND state = 'running' {dialect.Pick("", "FOR KEY SHARE")}";

    public static (string, object?)[] Parameters(WorkClaim? claim)
        => claim is null ? [] : [("claimed", claim.WorkId), ("claimAttempt", (long)claim.Attempt), ("claimNode", claim.Node)];

    /// <summary>The row, to be changed by this write, or null when the claim does not hold.</summary>
    public static Task<WorkRow?> TakeAsync(Db db, WorkClaim claim)
        => db.FirstAsync<WorkRow>($"SELECT {WorkRow.Columns} FROM work WHERE {Holds} {db.Dialect.ForUpdate}",
            new { work = claim.WorkId, attempt = (long)claim.Attempt, node = claim.Node });
}
