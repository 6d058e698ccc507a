using System.Data.Common;
using SQLitePCL;

namespace Vigil.Storage.Engine;

/// <summary>A row of a result, read by the places of its columns, whatever the database. Good only while it is the current one.</summary>
internal readonly struct Row
{
    private readonly sqlite3_stmt? _statement;
    private readonly DbDataReader? _reader;

    public Row(sqlite3_stmt statement) => _statement = statement;

    public Row(DbDataReader reader) => _reader = reader;

    public long Number(int column) => _statement is null ? _reader!.GetInt64(column) : raw.sqlite3_column_int64(_statement, column);

    public long? NumberOrNull(int column) => IsNull(column) ? null : Number(column);

    public string Text(int column) => _statement is null ? _reader!.GetString(column) : raw.sqlite3_column_text(_statement, column).utf8_to_string() ?? "";

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    private bool IsNull(int column) => _statement is null ? _reader!.IsDBNull(column) : raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;
}
