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
