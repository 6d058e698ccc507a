using Vigil.Storage.Engine;

namespace Vigil.Storage.Sessions;

/// <summary>
/// Who enters a session, a work or a person, looks at the other's table first. On PostgreSQL two transactions could look at the same time and both see nobody; this lock
/// is held from the look to the end of the transaction. SQLite has one writer and needs none.
/// </summary>
internal static class SessionLock
{
    private const string Key = "hashtextextended(current_schema() || ':session:' || s, 0)";

    public static Task TakeAsync(Db db, string session)
        => db.Dialect.IsPostgres
            ? db.ExecuteAsync($"SELECT pg_advisory_xact_lock({Key}) FROM (SELECT @session AS s) one", new { session })
            : Task.CompletedTask;

    /// <summary>Those of the sessions that nobody is entering right now.</summary>
    public static async Task<IReadOnlySet<string>> TryAsync(Db db, IReadOnlyCollection<string> sessions)
        => db.Dialect.IsPostgres && sessions.Count > 0
            ? (await db.QueryAsync<string>($"SELECT s FROM unnest(@sessions) s WHERE pg_try_advisory_xact_lock({Key})", new { sessions = sessions.ToArray() })).ToHashSet(StringComparer.Ordinal)
            : sessions.ToHashSet(StringComparer.Ordinal);
}
