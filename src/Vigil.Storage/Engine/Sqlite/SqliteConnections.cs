using Microsoft.Data.Sqlite;
using Vigil.Settings;

namespace Vigil.Storage.Engine.Sqlite;

/// <summary>Opens connections the way all of Vigil needs them.</summary>
internal static class SqliteConnections
{
    private const int BusySeconds = 5;

    public static SqliteConnection OpenWriter(string file, SqliteSync synchronous)
    {
        var connection = Open(file, SqliteOpenMode.ReadWriteCreate);
        try
        {
            // fullfsync: on macOS a plain fsync leaves the data in the drive's cache. The rest of the world ignores it.
            Execute(connection, $"""
                PRAGMA journal_mode = WAL;
                {Synchronous(synchronous)};
                PRAGMA fullfsync = {(synchronous == SqliteSync.Full ? "ON" : "OFF")};
                PRAGMA wal_autocheckpoint = 2000;
                PRAGMA journal_size_limit = 67108864;
                PRAGMA temp_store = MEMORY;
                """);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Whether a commit waits for the disk.</summary>
    public static string Synchronous(SqliteSync synchronous) => synchronous == SqliteSync.Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";

    public static SqliteConnection OpenReader(string file) => Open(file, SqliteOpenMode.ReadOnly);

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        _ = SqliteLibrary.Version;
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = mode,
            ForeignKeys = true,
            Pooling = false,
            DefaultTimeout = BusySeconds,
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, $"PRAGMA busy_timeout = {BusySeconds * 1000}");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
