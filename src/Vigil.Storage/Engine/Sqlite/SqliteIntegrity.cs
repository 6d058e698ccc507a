using Microsoft.Data.Sqlite;

namespace Vigil.Storage.Engine.Sqlite;

internal static class SqliteIntegrity
{
    /// <summary>What SQLite finds wrong, empty when nothing. Runs apart from the readers and off the caller's thread, because it reads the whole file.</summary>
    public static Task<IReadOnlyList<string>> CheckAsync(string file, bool thorough, CancellationToken cancellationToken)
        => Task.Run<IReadOnlyList<string>>(() =>
        {
            try
            {
                using var connection = SqliteConnections.OpenReader(file);
                return Check(connection, thorough);
            }
            catch (SqliteException e)
            {
                return [SqliteErrors.Translate(e, file).Message];
            }
        }, cancellationToken);

    private static List<string> Check(SqliteConnection connection, bool thorough)
    {
        var found = new List<string>();
        using var command = connection.CreateCommand();
        command.CommandText = thorough ? "PRAGMA integrity_check(20)" : "PRAGMA quick_check(20)";
        using (var reader = command.ExecuteReader())
            while (reader.Read())
                found.Add(reader.GetString(0));
        if (found is ["ok"])
            found.Clear();
        command.CommandText = "PRAGMA foreign_key_check";
        using (var reader = command.ExecuteReader())
            while (reader.Read() && found.Count < 20)
                found.Add($"a row of {reader.GetString(0)} points at a row of {reader.GetString(2)} that is not there");
        return found;
    }
}
