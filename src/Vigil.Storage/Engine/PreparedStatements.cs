using Microsoft.Data.Sqlite;

namespace Vigil.Storage.Engine;

/// <summary>Statements of one SQLite connection that stay prepared. PostgreSQL does this in its driver.</summary>
internal sealed class PreparedStatements(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = Get(sql, parameters);
        for (var i = 0; i < parameters.Length; i++)
            command.Parameters[i].Value = parameters[i].Value ?? DBNull.Value;
        return command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
        _commands.Clear();
    }

    private SqliteCommand Get(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (_commands.TryGetValue(sql, out var command))
            return command;
        command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, _) in parameters)
            command.Parameters.Add(new SqliteParameter { ParameterName = "@" + name });
        command.Prepare();
        _commands.Add(sql, command);
        return command;
    }
}
