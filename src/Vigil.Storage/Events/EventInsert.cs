using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;
using SQLitePCL;
using Vigil.Events;
using Vigil.Storage.Engine;

namespace Vigil.Storage.Events;

/// <summary>Writes the events of a callback as the last thing of its transaction.</summary>
internal static class EventInsert
{
    private const string OneRow = "INSERT INTO event (at, type, source, agent, work, payload) VALUES (@at, @type, @source, @agent, @work, @payload)";

    /// <summary>Returns the highest id, 0 when there are no events.</summary>
    public static long Into(PreparedStatements statements, SqliteConnection connection, Db db)
    {
        if (db.Events.Count == 0)
            return 0;
        var ids = new long[db.Events.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            var one = db.Events[i];
            statements.Execute(OneRow, ("at", one.At.Ms()), ("type", one.Type), ("source", one.Source), ("agent", one.Agent), ("work", one.Work), ("payload", Text(one)));
            ids[i] = raw.sqlite3_last_insert_rowid(connection.Handle);
        }
        db.EventIds = ids;
        return ids[^1];
    }

    /// <summary>Returns the ids in one row.</summary>
    public static NpgsqlBatchCommand Command(IReadOnlyList<NewEvent> events) => new("""
        WITH added AS (
          INSERT INTO event (at, type, source, agent, work, payload)
          SELECT at, type, source, agent, work, payload
          FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS e (at, type, source, agent, work, payload, n)
          ORDER BY n
          RETURNING id)
        SELECT array_agg(id ORDER BY id) FROM added
        """)
    {
        Parameters =
        {
            new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint, Value = Column(events, e => e.At.Ms()) },
            Texts(events, e => e.Type),
            Texts(events, e => e.Source),
            Texts(events, e => e.Agent),
            Texts(events, e => e.Work),
            Texts(events, Text),
        },
    };

    private static T[] Column<T>(IReadOnlyList<NewEvent> events, Func<NewEvent, T> pick)
    {
        var column = new T[events.Count];
        for (var i = 0; i < column.Length; i++)
            column[i] = pick(events[i]);
        return column;
    }

    private static NpgsqlParameter Texts(IReadOnlyList<NewEvent> events, Func<NewEvent, string?> pick)
        => new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, Value = Column(events, pick) };

    private static string Text(NewEvent one) => one.Payload is { ValueKind: not JsonValueKind.Undefined } payload ? payload.GetRawText() : "{}";
}
