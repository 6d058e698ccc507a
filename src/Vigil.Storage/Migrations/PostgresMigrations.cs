using Dapper;
using Npgsql;
using Vigil.Storage.Engine;
using Vigil.Storage.Events;

namespace Vigil.Storage.Migrations;

/// <summary>Brings a schema of PostgreSQL to this program's, each script in a transaction of its own; nodes that start at once take turns.</summary>
internal static class PostgresMigrations
{
    public static async Task ApplyAsync(NpgsqlConnection connection, string schema, TimeProvider time, IReadOnlyList<MigrationScript> scripts, CancellationToken cancellationToken)
    {
        while (await ApplyNextAsync(connection, schema, time, scripts, cancellationToken))
        {
        }
    }

    private static async Task<bool> ApplyNextAsync(NpgsqlConnection connection, string schema, TimeProvider time, IReadOnlyList<MigrationScript> scripts,
        CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@MigrationKey)", PostgresEventNames.Of(schema), transaction);
        if (!await connection.ExecuteScalarAsync<bool>("SELECT to_regnamespace(quote_ident(@schema)) IS NOT NULL", new { schema }, transaction))
            await connection.ExecuteAsync($"CREATE SCHEMA \"{schema}\"", transaction: transaction);
        var isNew = await connection.ExecuteScalarAsync<bool>(
            "SELECT to_regclass(quote_ident(@schema) || '.vigil_migration') IS NULL", new { schema }, transaction);
        if (isNew)
            await connection.ExecuteAsync(
                "CREATE TABLE vigil_migration (version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at bigint NOT NULL)", transaction: transaction);
        var applied = await connection.QueryAsync<AppliedMigration>("SELECT version, name, checksum FROM vigil_migration ORDER BY version", transaction: transaction);
        var next = MigrationScript.Next(scripts, applied.AsList(), $"The schema {schema}");
        if (next is null)
            return false;
        await connection.ExecuteAsync(next.Sql, transaction: transaction);
        await connection.ExecuteAsync("INSERT INTO vigil_migration (version, name, checksum, applied_at) VALUES (@Version, @Name, @Checksum, @at)",
            new { next.Version, next.Name, next.Checksum, at = time.GetUtcNow().Ms() }, transaction);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
