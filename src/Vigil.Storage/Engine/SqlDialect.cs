namespace Vigil.Storage.Engine;

/// <summary>The few places where the databases speak differently.</summary>
internal sealed class SqlDialect
{
    private SqlDialect(bool isPostgres) => IsPostgres = isPostgres;

    public static SqlDialect Sqlite { get; } = new(false);

    public static SqlDialect Postgres { get; } = new(true);

    public bool IsPostgres { get; }

    /// <summary>Ends a SELECT that claims rows; SQLite has one writer and needs nothing.</summary>
    public string SkipLocked => Pick(sqlite: "", postgres: "FOR UPDATE SKIP LOCKED");

    /// <summary>Ends a SELECT whose rows are changed later in the same transaction.</summary>
    public string ForUpdate => Pick(sqlite: "", postgres: "FOR UPDATE");

    /// <summary>Now in unix milliseconds: the server's clock on PostgreSQL, which all nodes share; else the parameter <c>@now</c>.</summary>
    public string Now => Pick(sqlite: "@now", postgres: "(extract(epoch FROM clock_timestamp()) * 1000)::bigint");

    /// <summary>Whether the column is one of the parameter's array: Dapper expands lists for SQLite, PostgreSQL takes arrays as they are.</summary>
    public string In(string column, string parameter) => Pick(sqlite: $"{column} IN @{parameter}", postgres: $"{column} = ANY(@{parameter})");

    public string Pick(string sqlite, string postgres) => IsPostgres ? postgres : sqlite;
}
