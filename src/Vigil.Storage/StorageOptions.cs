using Vigil.Settings;

namespace Vigil.Storage;

/// <summary>Where the database is. Secrets are resolved already.</summary>
public sealed record StorageOptions
{
    public StorageKind Kind { get; init; } = StorageKind.Sqlite;

    /// <summary>SQLite: the file; its directory must exist.</summary>
    public string? File { get; init; }

    /// <summary>SQLite: full (the default) keeps every confirmed write over a power cut.</summary>
    public SqliteSync Synchronous { get; init; } = SqliteSync.Full;

    /// <summary>PostgreSQL: an Npgsql connection string.</summary>
    public string? Connection { get; init; }

    /// <summary>PostgreSQL: a–z, 0–9 and '_', at most 63, not beginning with a digit. Created when absent.</summary>
    public string Schema { get; init; } = "vigil";
}
