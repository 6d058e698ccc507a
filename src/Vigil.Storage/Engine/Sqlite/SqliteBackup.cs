using Microsoft.Data.Sqlite;
using Vigil.Errors;

namespace Vigil.Storage.Engine.Sqlite;

/// <summary>A consistent copy of a database that is in use.</summary>
internal static class SqliteBackup
{
    public static async Task WriteAsync(string database, string file, CancellationToken cancellationToken)
    {
        file = Path.GetFullPath(file);
        var directory = Path.GetDirectoryName(file)!;
        if (!Directory.Exists(directory))
            throw Refused($"There is no directory {directory}.", "Create it, or name another place for the backup.");
        if (file == database)
            throw Refused($"{file} is the database itself.", "Name another file for the backup.");
        var partial = PartialOf(file);
        try
        {
            await Task.Run(() => Copy(database, partial), cancellationToken);
            File.Move(partial, file, overwrite: true);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            File.Delete(partial);
            throw Refused($"The backup to {file} failed: {e.Message}", "Check that the directory can be written and has room for a copy of the database.", e);
        }
    }

    /// <summary>One fixed name: what a kill leaves behind is replaced by the next backup to the same place.</summary>
    internal static string PartialOf(string file) => file + ".partial";

    /// <summary>Reads one snapshot, write-ahead log included, and returns when the copy is on the disk.</summary>
    internal static void Copy(string database, string copy)
    {
        File.Delete(copy);
        // It holds keys' hashes and conversations: nobody else may read it, from its first byte on.
        using (File.Open(copy, PrivateFile(FileMode.CreateNew)))
        {
        }
        using (var connection = SqliteConnections.OpenReader(database))
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "VACUUM INTO @copy";
            command.CommandTimeout = 0;
            command.Parameters.AddWithValue("@copy", copy);
            command.ExecuteNonQuery();
        }
        // SQLite does not flush what VACUUM INTO writes.
        using var written = File.Open(copy, FileMode.Open, FileAccess.ReadWrite);
        written.Flush(flushToDisk: true);
    }

    private static FileStreamOptions PrivateFile(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    private static FaultException Refused(string message, string hint, Exception? inner = null)
        => new(new Fault("backup_failed", message, hint) { Kind = FaultKind.Unavailable }, inner);
}
