using Vigil.Errors;

namespace Vigil.Store;

/// <summary>The database as a whole: opened once at start, looked after while it runs.</summary>
public interface IStore
{
    /// <summary>Opens and migrates. Nothing else of the store may be used before.</summary>
    /// <exception cref="FaultException">It cannot be used; the fault says what to do.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Null while the store can be read and written; else what is wrong. Cheap enough for a readiness probe.</summary>
    Task<Fault?> CheckAsync(CancellationToken cancellationToken);

    Task<StoreDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>What the database finds wrong with itself; empty when it is sound. Reads all of it, so it takes its time on a large one.</summary>
    Task<IReadOnlyList<string>> IntegrityAsync(CancellationToken cancellationToken);

    /// <summary>Writes a consistent copy while everything goes on. The file is there complete or not at all; one that is there already is replaced at the end.</summary>
    /// <exception cref="FaultException">Cannot write there, or this kind of store is backed up by its server's own tools.</exception>
    Task BackupAsync(string file, CancellationToken cancellationToken);
}

/// <param name="Engine">With its version: <c>SQLite 3.40.1</c>.</param>
/// <param name="Schema">The number of the last migration.</param>
/// <param name="Bytes">What it takes on the disk, write-ahead log included.</param>
public sealed record StoreDescription(string Engine, string Place, long Schema, long Bytes);
