using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Storage.Engine;
using Vigil.Storage.Rows;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Storage.Work;

/// <summary>A row of the table work, as it is written and read.</summary>
internal sealed class WorkRow
{
    public const string Columns =
        "id, agent, source, origin, prompt, session, context, model, model_decided_by, tools, deliver, notify, deadline, dedupe_key, fingerprint, metadata, parent, slot, "
        + "created_at, due_at, precedence, rank, state, outcome, reason, attempt, lost_attempts, retried_at_attempt, node, started_at, finished_at, cancel_requested, reply, error, usage";

    public string Id { get; set; } = "";

    public string Agent { get; set; } = "";

    public string Source { get; set; } = "";

    public string Origin { get; set; } = "";

    public string Prompt { get; set; } = "";

    public string Session { get; set; } = "";

    public string Context { get; set; } = "";

    public string? Model { get; set; }

    public string? ModelDecidedBy { get; set; }

    public string? Tools { get; set; }

    public string Deliver { get; set; } = "";

    public string Notify { get; set; } = "";

    public long? Deadline { get; set; }

    public string? DedupeKey { get; set; }

    public string? Fingerprint { get; set; }

    public string Metadata { get; set; } = "";

    public string? Parent { get; set; }

    public long? Slot { get; set; }

    public long CreatedAt { get; set; }

    public long DueAt { get; set; }

    public long Precedence { get; set; }

    public long Rank { get; set; }

    public string State { get; set; } = "";

    public string? Outcome { get; set; }

    public string? Reason { get; set; }

    public long Attempt { get; set; }

    public long LostAttempts { get; set; }

    public long RetriedAtAttempt { get; set; }

    public string? Node { get; set; }

    public long? StartedAt { get; set; }

    public long? FinishedAt { get; set; }

    public long CancelRequested { get; set; }

    public string? Reply { get; set; }

    public string? Error { get; set; }

    public string? Usage { get; set; }

    /// <summary>What is written at admission; the rest begins with its defaults.</summary>
    public static WorkRow Of(NewWork asked)
    {
        var work = asked.Work;
        return new WorkRow
        {
            Id = work.Id,
            Agent = work.Agent.Value,
            Source = work.Source,
            Origin = work.Origin,
            Prompt = RowText.Storable(work.Prompt),
            Session = work.Session.Value,
            Context = Words.Of(work.Context),
            Model = RowText.Storable(work.Model),
            ModelDecidedBy = work.ModelDecidedBy,
            Tools = work.Tools is null ? null : RowJson.Of(work.Tools),
            Deliver = RowJson.Of(work.Deliver),
            Notify = Words.Of(work.Notify),
            Deadline = (long?)work.Deadline?.TotalMilliseconds,
            DedupeKey = RowText.Storable(work.DedupeKey),
            Fingerprint = work.Fingerprint,
            Metadata = RowJson.Of(work.Metadata),
            Parent = work.ParentId,
            Slot = work.Slot.Ms(),
            CreatedAt = work.CreatedAt.Ms(),
            DueAt = work.DueAt.Ms(),
            Precedence = (long)asked.Precedence.TotalMilliseconds,
        };
    }

    public AgentWork ToWork(IReadOnlyList<GateVerdict>? gates = null, IReadOnlyList<string>? notifications = null) => new()
    {
        Id = Id,
        Agent = AgentId.Parse(Agent),
        Source = Source,
        Origin = Origin,
        Prompt = Prompt,
        Session = SessionKey.Parse(Session),
        Context = Words.Parse<ContextMode>(Context),
        Model = Model,
        ModelDecidedBy = ModelDecidedBy,
        Tools = RowJson.ParseOptional<List<string>>(Tools),
        Deliver = RowJson.Parse<List<string>>(Deliver),
        Notify = Words.Parse<NotifyPolicy>(Notify),
        Deadline = Deadline is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
        DedupeKey = DedupeKey,
        Fingerprint = Fingerprint,
        Metadata = RowJson.Parse<JsonObject>(Metadata),
        ParentId = Parent,
        Slot = Slot.At(),
        CreatedAt = CreatedAt.At(),
        DueAt = DueAt.At(),
        State = Words.Parse<WorkState>(State),
        Outcome = Outcome is null ? null : Words.Parse<Outcome>(Outcome),
        Reason = Reason,
        Attempt = (int)Attempt,
        LostAttempts = (int)LostAttempts,
        Node = Node,
        StartedAt = StartedAt.At(),
        FinishedAt = FinishedAt.At(),
        CancelRequested = CancelRequested != 0,
        Reply = Reply,
        Error = Error,
        Usage = Usage is null ? TurnUsage.None : RowJson.Parse<TurnUsage>(Usage),
        Gates = gates ?? [],
        Notifications = notifications ?? [],
    };
}
