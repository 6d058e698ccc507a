using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Sessions;

internal static class SessionTurnRows
{
    /// <summary>Which of the sessions a person holds or waits for.</summary>
    public static async Task<IReadOnlyList<string>> PersonsAsync(Db db, IReadOnlyCollection<string> sessions, long now)
        => sessions.Count == 0
            ? []
            : await db.QueryAsync<string>(
                $"SELECT DISTINCT session FROM session_turn WHERE {db.Dialect.In("session", "sessions")} AND lease_until > @now", new { sessions = sessions.ToArray(), now });
}
