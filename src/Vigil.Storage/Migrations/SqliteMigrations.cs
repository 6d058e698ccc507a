using Dapper;
using Microsoft.Data.Sqlite;
using Vigil.Errors;
using Vigil.Storage.Engine;
using Vigil.Storage.Engine.Sqlite;

namespace Vigil.Storage.Migrations;

/// <summary>Brings a SQLite file to this program's schema, each script in a transaction of its own: a kill in between leaves the step before.</summary>
internal static class SqliteMigrations
{
    /// <summary>"VGIL": how we know a file as ours.</summary>
    public const long ApplicationId = 0x5647494C;

    public static void Apply(SqliteConnection connection, string file, TimeProvider time, IReadOnlyList<MigrationScript> scripts)
    {
        RequireOurs(connection, file);
        while (ApplyNext(connection, file, time, scripts))
        {
        }
    }

    /// <summary>Empty when nothing was ever applied.</summary>
    public static IReadOnlyList<AppliedMigration> Applied(SqliteConnection connection)
        => connection.ExecuteScalar<long>("SELECT count(*) FROM sqlite_schema WHERE name = 'vigil_migration'") == 0
            ? []
            : connection.Query<AppliedMigration>("SELECT version, name, checksum FROM vigil_migration ORDER BY version").AsList();

    public static bool IsOurs(SqliteConnection connection) => (long)SqliteConnections.Scalar(connection, "PRAGMA application_id")! == ApplicationId;

    private static void RequireOurs(SqliteConnection connection, string file)
    {
        var isEmpty = (long)SqliteConnections.Scalar(connection, "SELECT count(*) FROM sqlite_schema")! == 0;
        if (!isEmpty && !IsOurs(connection))
            throw new FaultException(new Fault("store_foreign", $"{file} is a database of another program.",
                "Move it away, or point VIGIL_HOME at another directory.") { Kind = FaultKind.Unavailable });
    }

    /// <summary>One script in one transaction. What is missing is looked up inside it: another process may have been quicker.</summary>
    private static bool ApplyNext(SqliteConnection connection, string file, TimeProvider time, IReadOnlyList<MigrationScript> scripts)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        var next = MigrationScript.Next(scripts, Applied(connection), file);
        if (next is null)
            return false;
        connection.Execute($"""
            PRAGMA application_id = {ApplicationId};
            CREATE TABLE IF NOT EXISTS vigil_migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;
            """, transaction: transaction);
        connection.Execute(next.Sql, transaction: transaction);
        connection.Execute("INSERT INTO vigil_migration (version, name, checksum, applied_at) VALUES (@Version, @Name, @Checksum, @at)",
            new { next.Version, next.Name, next.Checksum, at = time.GetUtcNow().Ms() }, transaction);
        transaction.Commit();
        return true;
    }
}
