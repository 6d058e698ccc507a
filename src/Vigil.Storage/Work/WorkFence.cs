using Vigil.Storage.Engine;
using Vigil.Work;

namespace Vigil.Storage.Work;

/// <summary>"If I am still that attempt", asked inside the write that depends on it.</summary>
internal static class WorkFence
{
    public const string Holds = "id = @work AND attempt = @attempt AND node = @node AND state = 'running'";

    /// <summary>Whether the claim holds; on PostgreSQL it then holds until this write ends, so a take-over cannot slip between the look and the write.</summary>
    public static async Task<bool> HoldsAsync(Db db, WorkClaim claim)
        => await db.ScalarAsync<long?>($"SELECT 1 FROM work WHERE {Holds} {db.Dialect.Pick("", "FOR SHARE")}",
            new { work = claim.WorkId, attempt = (long)claim.Attempt, node = claim.Node }) is not null;

    /// <summary>The row, to be changed by this write, or null when the claim does not hold.</summary>
    public static Task<WorkRow?> TakeAsync(Db db, WorkClaim claim)
        => db.FirstAsync<WorkRow>($"SELECT {WorkRow.Columns} FROM work WHERE {Holds} {db.Dialect.ForUpdate}",
            new { work = claim.WorkId, attempt = (long)claim.Attempt, node = claim.Node });
}
