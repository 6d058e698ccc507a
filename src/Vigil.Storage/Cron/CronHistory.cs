using Vigil.Storage.Engine;
using Vigil.Storage.Work;

namespace Vigil.Storage.Cron;

/// <summary>Bounds the history of each schedule by number. The look is a read, so that it holds up no write however long it takes.</summary>
internal static class CronHistory
{
    private const int AtOnce = 200;

    public static async Task<int> PruneAsync(IDatabase database, int keep, CancellationToken cancellationToken)
    {
        for (var deleted = 0; ;)
        {
            var ids = await database.ReadAsync(db => db.QueryAsync<string>(
                $"""
                SELECT id FROM (
                  SELECT id, row_number() OVER (PARTITION BY origin ORDER BY created_at DESC, id DESC) AS n
                  FROM work WHERE origin <> '' AND source = 'cron' AND state = 'finished') AS numbered
                WHERE n > @keep LIMIT {AtOnce}
                """, new { keep = (long)keep }), cancellationToken);
            if (ids.Count == 0)
                return deleted;
            await database.WriteAsync(async db =>
            {
                await WorkQueries.DeleteAsync(db, ids);
                return true;
            }, cancellationToken);
            deleted += ids.Count;
        }
    }
}
