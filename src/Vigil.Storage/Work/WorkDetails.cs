using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Work;

namespace Vigil.Storage.Work;

/// <summary>What belongs to a work and stands in other tables: gate verdicts and notifications, read for a whole page at once.</summary>
internal static class WorkDetails
{
    public static async Task<AgentWork> LoadAsync(Db db, WorkRow row) => (await LoadAsync(db, [row]))[0];

    public static async Task<IReadOnlyList<AgentWork>> LoadAsync(Db db, IReadOnlyList<WorkRow> rows)
    {
        if (rows.Count == 0)
            return [];
        var ids = new { ids = rows.Select(row => row.Id).ToArray() };
        var verdicts = (await db.QueryAsync<(string Work, long Attempt, string Verdicts)>(
            $"SELECT work, attempt, verdicts FROM work_gates WHERE {db.Dialect.In("work", "ids")} ORDER BY work, attempt", ids)).ToLookup(entry => entry.Work);
        var notifications = (await db.QueryAsync<(string Work, string Id)>(
            $"SELECT work, id FROM notification WHERE {db.Dialect.In("work", "ids")} AND work IS NOT NULL ORDER BY created_at, id", ids)).ToLookup(entry => entry.Work, entry => entry.Id);
        return [.. rows.Select(row => row.ToWork(
            [.. verdicts[row.Id].Where(entry => entry.Attempt > row.RetriedAtAttempt).SelectMany(entry => RowJson.Parse<List<GateVerdict>>(entry.Verdicts))],
            [.. notifications[row.Id]]))];
    }

    public static Task WriteGatesAsync(Db db, WorkClaim claim, IReadOnlyList<GateVerdict> gates)
        => gates.Count == 0
            ? Task.CompletedTask
            : db.RunLastAsync("INSERT INTO work_gates (work, attempt, verdicts) VALUES (@work, @attempt, @verdicts)",
                ("work", claim.WorkId), ("attempt", (long)claim.Attempt), ("verdicts", RowText.Storable(RowJson.Of(gates))));
}
