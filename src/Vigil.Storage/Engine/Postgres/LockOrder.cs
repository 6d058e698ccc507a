namespace Vigil.Storage.Engine.Postgres;

/// <summary>
/// By the statement, then by its parameters: a transaction that changes several rows which others change too does it in this order, so that two of them wait for each other and
/// do not lock up. The parameters that name the row come first in such a statement.
/// </summary>
internal sealed class LockOrder : IComparer<Statement>
{
    public static LockOrder Instance { get; } = new();

    public int Compare(Statement x, Statement y)
    {
        var order = string.CompareOrdinal(x.Sql, y.Sql);
        for (var i = 0; order == 0 && i < x.Parameters.Length && i < y.Parameters.Length; i++)
            order = Compare(x.Parameters[i].Value, y.Parameters[i].Value);
        return order;
    }

    private static int Compare(object? x, object? y) => (x, y) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (long a, long b) => a.CompareTo(b),
        (null, not null) => -1,
        (not null, null) => 1,
        _ => 0,
    };
}
