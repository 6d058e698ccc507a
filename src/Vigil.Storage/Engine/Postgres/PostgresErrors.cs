using System.Net.Sockets;
using Npgsql;

namespace Vigil.Storage.Engine.Postgres;

internal static class PostgresErrors
{
    // idle_in_transaction_session_timeout; the driver has no name for it.
    private const string EndedIdle = "25P03";

    /// <summary>The server chose this transaction to fail so that another can go on, or ended it while this process was frozen; the same again will work.</summary>
    public static bool IsRetryable(Exception error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or EndedIdle,
    };

    /// <summary>Our words for what the server or the connection says; anything unexpected stays as it is, because it is a bug.</summary>
    public static Exception Translate(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } => new StoreException(StoreProblem.Conflict,
            "A row with that key is there already.", "Ask for it under its key.", error),
        PostgresException { SqlState: PostgresErrorCodes.DiskFull or "53200" } => new StoreException(StoreProblem.Full,
            "The PostgreSQL server has no room left.", "Make room on the server; Vigil goes on by itself. Nothing that was confirmed is lost.", error),
        PostgresException { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted } => new StoreException(StoreProblem.Corrupt,
            "The PostgreSQL database is damaged.", "Restore it from a backup of the server.", error),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => new StoreException(StoreProblem.Disk,
            "The PostgreSQL server only reads.", "The connection must lead to the primary server, not to a replica.", error),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => new StoreException(StoreProblem.Unreachable,
            "The PostgreSQL user may not do that.", "Grant it: GRANT CREATE ON DATABASE … TO the user of gateway.storage.connection, or make it the owner of the schema.", error),
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => new StoreException(StoreProblem.Busy,
            "The PostgreSQL server has no connection left.", "Raise max_connections on the server or lower Maximum Pool Size in the connection.", error),
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } => new StoreException(StoreProblem.Unreachable,
            "The PostgreSQL server refuses the user or the password.", "Check the secret that gateway.storage.connection points at.", error),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => new StoreException(StoreProblem.Unreachable,
            "There is no such database on the PostgreSQL server.", "Create it (createdb NAME) or correct the connection that gateway.storage.connection points at.", error),
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => new StoreException(StoreProblem.Busy,
            "The PostgreSQL server took too long.", "Look for long transactions: SELECT * FROM pg_stat_activity", error),
        PostgresException { SqlState: ['5', '7', 'P', ..] } or PostgresException { SqlState: ['0', '8', ..] } => Unreachable(error),
        PostgresException when IsRetryable(error) => new StoreException(StoreProblem.Busy,
            "The PostgreSQL server gave this transaction up again and again.", "Look for long transactions: SELECT * FROM pg_stat_activity", error),
        PostgresException => error,
        NpgsqlException { InnerException: TimeoutException } => new StoreException(StoreProblem.Busy,
            "The PostgreSQL server took too long.", "Check the server's load, and Maximum Pool Size and Timeout in the connection.", error),
        NpgsqlException or SocketException or TimeoutException => Unreachable(error),
        _ => error,
    };

    private static StoreException Unreachable(Exception error) => new(StoreProblem.Unreachable,
        "The PostgreSQL server does not answer.", "Start it, or correct the connection that gateway.storage.connection points at.", error);
}
