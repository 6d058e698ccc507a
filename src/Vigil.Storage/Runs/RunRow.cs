using Vigil.Agents;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Tools;
using Vigil.Turns;

namespace Vigil.Storage.Runs;

internal sealed class RunRow
{
    public const string Columns =
        "id, journal, agent, session, source, work, attempt, node, started_at, model_asked, decided_by, agent_decided_by, profile_hash, input, state, finished_at, "
        + "(SELECT json FROM run_profile WHERE hash = run.profile_hash) AS profile_json";

    public string Id { get; set; } = "";

    public string Journal { get; set; } = "";

    public string Agent { get; set; } = "";

    public string Session { get; set; } = "";

    public string Source { get; set; } = "";

    public string? Work { get; set; }

    public long Attempt { get; set; }

    public string Node { get; set; } = "";

    public long StartedAt { get; set; }

    public string ModelAsked { get; set; } = "";

    public string DecidedBy { get; set; } = "";

    public string? AgentDecidedBy { get; set; }

    public string ProfileHash { get; set; } = "";

    public string ProfileJson { get; set; } = "";

    public string Input { get; set; } = "";

    public string State { get; set; } = "";

    public long? FinishedAt { get; set; }

    public RunRecord ToRecord(IReadOnlyList<TurnStep> steps) => new(
        new RunStart
        {
            Id = Id,
            Journal = Journal,
            Agent = AgentId.Parse(Agent),
            Session = SessionKey.Parse(Session),
            Source = Source,
            WorkId = Work,
            Attempt = (int)Attempt,
            Node = Node,
            StartedAt = StartedAt.At(),
            ModelAsked = ModelAsked,
            DecidedBy = DecidedBy,
            AgentDecidedBy = AgentDecidedBy,
            ProfileHash = ProfileHash,
            ProfileJson = ProfileJson,
            Input = RowJson.Messages(Input),
        },
        State, FinishedAt.At(), steps);
}

internal sealed class StepRow
{
    public const string Columns = "journal, number, run, kind, at, message, call_id, intent, ends_turn, usage";

    public string Journal { get; set; } = "";

    public long Number { get; set; }

    public string Run { get; set; } = "";

    public string Kind { get; set; } = "";

    public long At { get; set; }

    public string Message { get; set; } = "";

    public string? CallId { get; set; }

    public string? Intent { get; set; }

    public long EndsTurn { get; set; }

    public string? Usage { get; set; }

    /// <summary>Without the ledger's line: that one is read from the ledger.</summary>
    public TurnStep ToStep() => new()
    {
        Number = (int)Number,
        Kind = Words.Parse<StepKind>(Kind),
        At = At.At(),
        Message = RowJson.Message(Message),
        CallId = CallId,
        Intent = RowJson.ParseOptional<ToolIntent>(Intent),
        EndsTurn = EndsTurn != 0,
        Usage = RowJson.ParseOptional<TurnUsage>(Usage),
    };
}
