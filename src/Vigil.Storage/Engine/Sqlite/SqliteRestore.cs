using System.Globalization;
using Microsoft.Data.Sqlite;
using Vigil.Errors;
using Vigil.Storage.Migrations;

namespace Vigil.Storage.Engine.Sqlite;

/// <summary>Puts a backup in the place of a database that nobody has open.</summary>
internal static class SqliteRestore
{
    /// <summary>Returns where the replaced database was kept, null when there was none.</summary>
    public static async Task<string?> ReplaceAsync(string database, string backup, TimeProvider time, CancellationToken cancellationToken)
    {
        backup = Path.GetFullPath(backup);
        if (!File.Exists(backup))
            throw Refused($"There is no file {backup}.", "Name a file that vigil backup made.");
        await RequireSoundAsync(backup, cancellationToken);
        var incoming = database + ".incoming";
        try
        {
            await Task.Run(() => SqliteBackup.Copy(backup, incoming), cancellationToken);
            var aside = await Task.Run(() => KeepAside(database, time), cancellationToken);
            // A log of the old database would be applied to the new one. All of it is in the copy kept aside.
            File.Delete(database + "-wal");
            File.Delete(database + "-shm");
            File.Move(incoming, database, overwrite: true);
            return aside;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            File.Delete(incoming);
            throw Refused($"Restoring {backup} failed: {e.Message}", "The database is as it was. Check that its directory can be written and has room for two copies.", e);
        }
    }

    private static async Task RequireSoundAsync(string backup, CancellationToken cancellationToken)
    {
        try
        {
            using var connection = SqliteConnections.OpenReader(backup);
            if (!SqliteMigrations.IsOurs(connection))
                throw Refused($"{backup} is no backup of Vigil.", "Name a file that vigil backup made.");
            _ = MigrationScript.Next(MigrationScript.Sqlite, SqliteMigrations.Applied(connection), backup);
        }
        catch (SqliteException e)
        {
            throw Refused($"{backup} cannot be read: {SqliteErrors.Translate(e, backup).Message}", "Name a file that vigil backup made.", e);
        }
        var findings = await SqliteIntegrity.CheckAsync(backup, thorough: true, cancellationToken);
        if (findings.Count > 0)
            throw Refused($"{backup} is damaged: {findings[0]}", "Use another backup.");
    }

    /// <summary>A copy, not a rename: at no instant is the home without a database.</summary>
    private static string? KeepAside(string database, TimeProvider time)
    {
        if (!File.Exists(database))
            return null;
        var aside = string.Create(CultureInfo.InvariantCulture, $"{database}.replaced-{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}");
        try
        {
            SqliteBackup.Copy(database, aside);
        }
        catch (SqliteException)
        {
            // Too damaged to be read as a database, which is why it is replaced: keep it byte for byte, with its log.
            foreach (var suffix in new[] { "", "-wal" })
                if (File.Exists(database + suffix))
                    File.Copy(database + suffix, aside + suffix, overwrite: true);
        }
        return aside;
    }

    private static FaultException Refused(string message, string hint, Exception? inner = null) => new(new Fault("restore_refused", message, hint), inner);
}
