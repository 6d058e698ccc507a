using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Vigil.Storage.Engine;

/// <summary>
/// Statements of one SQLite connection that stay prepared. PostgreSQL does this in its driver. They go to the library directly: what the ADO.NET layer does around each run
/// costs more than the statement, and a turn has a dozen.
/// </summary>
internal sealed class PreparedStatements(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, PreparedStatement> _statements = new(StringComparer.Ordinal);

    /// <summary>Returns how many rows were changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Bound(sql, parameters).Execute();

    /// <summary>The first column of the first row.</summary>
    public long Number(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Bound(sql, parameters).Number();

    public List<T> Rows<T>(string sql, Func<Row, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters) => Bound(sql, parameters).Rows(read);

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
    }

    private PreparedStatement Bound(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements.Add(sql, statement = new PreparedStatement(connection.Handle!, sql, parameters));
        statement.Bind(parameters);
        return statement;
    }

    private sealed class PreparedStatement : IDisposable
    {
        private readonly sqlite3 _db;
        private readonly sqlite3_stmt _statement;
        // Where each of the caller's parameters goes; 0 when the statement does not name it.
        private readonly int[] _places;
        private readonly bool _writes;

        public PreparedStatement(sqlite3 db, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
        {
            _db = db;
            Check(raw.sqlite3_prepare_v2(db, sql, out _statement));
            _places = new int[parameters.Length];
            for (var i = 0; i < _places.Length; i++)
                _places[i] = raw.sqlite3_bind_parameter_index(_statement, "@" + parameters[i].Name);
            if (_places.Where(place => place > 0).Distinct().Count() < raw.sqlite3_bind_parameter_count(_statement))
                throw new InvalidOperationException($"A parameter has no value: {sql}");
            _writes = raw.sqlite3_stmt_readonly(_statement) == 0;
        }

        public void Bind(ReadOnlySpan<(string Name, object? Value)> parameters)
        {
            for (var i = 0; i < _places.Length; i++)
            {
                if (_places[i] > 0)
                    Check(Bind(_places[i], parameters[i].Value));
            }
        }

        public int Execute()
        {
            try
            {
                while (Step())
                {
                    // The rows of a RETURNING that nobody asked for.
                }
                return _writes ? raw.sqlite3_changes(_db) : 0;
            }
            finally
            {
                Reset();
            }
        }

        public long Number()
        {
            try
            {
                return Step() ? raw.sqlite3_column_int64(_statement, 0) : throw new InvalidOperationException("The statement returned no row.");
            }
            finally
            {
                Reset();
            }
        }

        public List<T> Rows<T>(Func<Row, T> read)
        {
            var rows = new List<T>();
            try
            {
                while (Step())
                    rows.Add(read(new Row(_statement)));
                return rows;
            }
            finally
            {
                Reset();
            }
        }

        public void Dispose() => _statement.Dispose();

        private bool Step()
        {
            var result = raw.sqlite3_step(_statement);
            if (result == raw.SQLITE_ROW)
                return true;
            if (result != raw.SQLITE_DONE)
                Check(result);
            return false;
        }

        // It repeats the error that a step has reported already. Long texts of the last run are let go.
        private void Reset()
        {
            _ = raw.sqlite3_reset(_statement);
            _ = raw.sqlite3_clear_bindings(_statement);
        }

        private int Bind(int place, object? value) => value switch
        {
            null or DBNull => raw.sqlite3_bind_null(_statement, place),
            string text => raw.sqlite3_bind_text(_statement, place, text),
            long number => raw.sqlite3_bind_int64(_statement, place, number),
            _ => throw new InvalidOperationException($"A {value.GetType().Name} cannot be a parameter here: texts and whole numbers (long) can."),
        };

        private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _db);
    }
}
