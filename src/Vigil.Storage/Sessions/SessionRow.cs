using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Sessions;

internal sealed class SessionRow
{
    public const string Columns = "key, created_at, updated_at, person_at, messages, reset_seq, summary, summary_seq";

    public string Key { get; set; } = "";

    public long CreatedAt { get; set; }

    public long UpdatedAt { get; set; }

    public long? PersonAt { get; set; }

    public long Messages { get; set; }

    public long ResetSeq { get; set; }

    public string? Summary { get; set; }

    public long SummarySeq { get; set; }

    public static Session Read(Row row) => new()
    {
        Key = SessionKey.Parse(row.Text(0)),
        CreatedAt = row.Number(1).At(),
        UpdatedAt = row.Number(2).At(),
        PersonAt = row.NumberOrNull(3).At(),
        Messages = row.Number(4),
        ResetSeq = row.Number(5),
        Summary = row.TextOrNull(6),
        SummarySeq = row.Number(7),
    };

    public Session ToSession() => new()
    {
        Key = SessionKey.Parse(Key),
        CreatedAt = CreatedAt.At(),
        UpdatedAt = UpdatedAt.At(),
        PersonAt = PersonAt.At(),
        Messages = Messages,
        ResetSeq = ResetSeq,
        Summary = Summary,
        SummarySeq = SummarySeq,
    };
}

internal sealed class MessageRow
{
    public const string Columns = "session, seq, at, kind, run, work, message, size";

    public string Session { get; set; } = "";

    public long Seq { get; set; }

    public long At { get; set; }

    public string Kind { get; set; } = "";

    public string? Run { get; set; }

    public string? Work { get; set; }

    public string Message { get; set; } = "";

    public long Size { get; set; }

    public SessionMessage ToMessage() => new(Seq, At.At(), RowJson.Message(Message), Words.Parse<MessageKind>(Kind), Run, Work);
}

/// <summary>A message of one conversation, for turns: they read a whole tail each.</summary>
/// <param name="Size">What it takes of a turn's context: the characters of its JSON, pictures apart.</param>
internal readonly record struct StoredMessage(SessionMessage Message, long Size)
{
    public const string Columns = "seq, at, kind, run, work, message, size";

    public static StoredMessage Read(Row row) => new(
        new SessionMessage(row.Number(0), row.Number(1).At(), RowJson.Message(row.Text(5)), Words.Parse<MessageKind>(row.Text(2)), row.TextOrNull(3), row.TextOrNull(4)), row.Number(6));
}
