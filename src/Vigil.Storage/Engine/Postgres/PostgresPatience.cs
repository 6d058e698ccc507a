using Npgsql;

namespace Vigil.Storage.Engine.Postgres;

/// <summary>
/// How long the server keeps a transaction whose client says nothing. A process that freezes between two statements would hold its locks for as long as it is frozen, and with
/// them the other nodes, which then could not take its works over.
/// </summary>
public static class PostgresPatience
{
    private const string Name = "idle_in_transaction_session_timeout";

    // Shorter than the shortest useful lease, so that nobody waits for a lock when the lease is over.
    private const string Limit = "5s";

    /// <summary>The connection with the limit, unless it names one itself. What cannot be understood stays as it is; whoever opens it says so.</summary>
    public static string Of(string connection)
    {
        try
        {
            return Limited(new NpgsqlConnectionStringBuilder(connection)).ConnectionString;
        }
        catch (ArgumentException)
        {
            return connection;
        }
    }

    internal static NpgsqlConnectionStringBuilder Limited(NpgsqlConnectionStringBuilder connection)
    {
        if (connection.Options?.Contains(Name, StringComparison.Ordinal) != true)
            connection.Options = $"{connection.Options} -c {Name}={Limit}".Trim();
        return connection;
    }
}
