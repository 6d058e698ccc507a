using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Vigil.Storage.Engine.Sqlite;

internal static class SqliteErrors
{
    public static StoreException Moved(string file) => new(StoreProblem.Disk, $"The database {file} was moved, deleted or replaced while it was in use.",
        "Put it back, or start the gateway again to use what is there now. To copy or replace it: vigil backup FILE, vigil restore FILE");

    public static StoreException Broken(string file, Exception error) => new(StoreProblem.Disk, $"Reading or writing the database {file} failed.",
        "Look at the system log for errors of that disk.", error);

    /// <summary>Our words for what SQLite says; anything unexpected stays as it is, because it is a bug.</summary>
    public static Exception Translate(Exception error, string file) => error is not SqliteException sqlite ? error : sqlite.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => new StoreException(StoreProblem.Full, $"The database {file} cannot grow: the disk is full.",
            "Make room on that disk; Vigil goes on by itself. Nothing that was confirmed is lost.", sqlite),
        raw.SQLITE_CORRUPT => new StoreException(StoreProblem.Corrupt, $"The database {file} is damaged.",
            "Stop the gateway and restore a backup: vigil restore FILE", sqlite),
        raw.SQLITE_NOTADB => new StoreException(StoreProblem.Corrupt, $"The file {file} is no SQLite database.",
            "Stop the gateway and restore a backup: vigil restore FILE (or move the file away to begin anew)", sqlite),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new StoreException(StoreProblem.Busy, $"The database {file} is held by another program.",
            "Close the program that has it open (a database browser, a copy in progress).", sqlite),
        raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH => new StoreException(StoreProblem.Disk, $"The database {file} cannot be written.",
            "The file and its directory must belong to the user that runs the gateway, on a disk that is not read-only.", sqlite),
        raw.SQLITE_CANTOPEN => new StoreException(StoreProblem.Disk, $"The database {file} cannot be opened.",
            "The file and its directory must exist and belong to the user that runs the gateway.", sqlite),
        raw.SQLITE_IOERR => Broken(file, sqlite),
        raw.SQLITE_CONSTRAINT when sqlite.SqliteExtendedErrorCode is raw.SQLITE_CONSTRAINT_UNIQUE or raw.SQLITE_CONSTRAINT_PRIMARYKEY
            => new StoreException(StoreProblem.Conflict, "A row with that key is there already.", "Ask for it under its key.", sqlite),
        _ => error,
    };
}
