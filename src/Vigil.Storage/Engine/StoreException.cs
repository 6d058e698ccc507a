using Vigil.Errors;

namespace Vigil.Storage.Engine;

internal enum StoreProblem
{
    /// <summary>No room on the disk.</summary>
    Full,

    /// <summary>The database is damaged, or is none.</summary>
    Corrupt,

    /// <summary>Somebody else held it for too long; the same again may work.</summary>
    Busy,

    /// <summary>The file or disk cannot be written or read.</summary>
    Disk,

    /// <summary>The server does not answer, or not to us.</summary>
    Unreachable,

    /// <summary>A row with that key is there already. Stores that can expect it handle it.</summary>
    Conflict,

    /// <summary>Not open (any more).</summary>
    Closed,
}

/// <summary>What went wrong in the database, in our words. The database's own error is the inner exception.</summary>
internal sealed class StoreException(StoreProblem problem, string message, string hint, Exception? inner = null)
    : FaultException(new Fault(Code(problem), message, hint) { Kind = problem == StoreProblem.Conflict ? FaultKind.Conflict : FaultKind.Unavailable }, inner)
{
    public StoreProblem Problem { get; } = problem;

    /// <summary>The store is of no use until somebody acts.</summary>
    public bool IsLasting => Problem is StoreProblem.Full or StoreProblem.Corrupt or StoreProblem.Disk or StoreProblem.Unreachable;

    private static string Code(StoreProblem problem) => "store_" + problem.ToString().ToLowerInvariant();
}
