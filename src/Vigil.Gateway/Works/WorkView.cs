using System.Text.Json.Nodes;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Works;

/// <summary>A work on the wire.</summary>
public sealed record WorkView
{
    public required string Id { get; init; }

    public required string Agent { get; init; }

    public required string Source { get; init; }

    public required string Session { get; init; }

    public required string State { get; init; }

    public string? Outcome { get; init; }

    public string? Reason { get; init; }

    public string? DedupeKey { get; init; }

    public int Attempt { get; init; }

    public string? Parent { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset DueAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public required ModelView Model { get; init; }

    public required UsageView Usage { get; init; }

    public string? Reply { get; init; }

    public IReadOnlyList<string> Notifications { get; init; } = [];

    public string? Error { get; init; }

    public IReadOnlyList<GateView> Gates { get; init; } = [];

    public IReadOnlyList<string> Deliver { get; init; } = [];

    public required string Notify { get; init; }

    public JsonObject? Metadata { get; init; }

    /// <summary>Only in the view of one work.</summary>
    public string? Prompt { get; init; }

    /// <summary>Only in the view of one work: each attempt with the steps of its journal.</summary>
    public IReadOnlyList<AttemptView>? Attempts { get; init; }

    public static WorkView Of(AgentWork work) => new()
    {
        Id = work.Id,
        Agent = work.Agent.Value,
        Source = work.Source,
        Session = work.Session.Value,
        State = Words.Of(work.State),
        Outcome = work.Outcome is { } outcome ? Words.Of(outcome) : null,
        Reason = work.Reason,
        DedupeKey = work.DedupeKey,
        Attempt = work.Attempt,
        Parent = work.ParentId,
        CreatedAt = work.CreatedAt,
        DueAt = work.DueAt,
        StartedAt = work.StartedAt,
        FinishedAt = work.FinishedAt,
        Model = new ModelView(work.Usage.ModelAsked ?? work.Model, work.Usage.ModelUsed, work.Usage.DecidedBy ?? work.ModelDecidedBy, Mismatch(work.Usage)),
        Usage = UsageView.Of(work.Usage),
        Reply = work.Reply,
        Notifications = work.Notifications,
        Error = work.Error,
        Gates = [.. work.Gates.Select(gate => new GateView(gate.Gate, gate.Decision, gate.Reason, gate.At, gate.Milliseconds, gate.Detail))],
        Deliver = work.Deliver,
        Notify = Words.Of(work.Notify),
        Metadata = work.Metadata,
    };

    public static WorkView Whole(AgentWork work, IReadOnlyList<RunRecord> runs) => Of(work) with
    {
        Prompt = work.Prompt,
        Attempts = [.. runs.Select(AttemptView.Of)],
    };

    // A dated name of the model asked for is that model.
    private static bool Mismatch(TurnUsage usage)
        => usage is { ModelAsked: { } asked, ModelUsed: { } used } && !used.StartsWith(asked, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The model that was asked for and the one that the provider says it used.</summary>
/// <param name="DecidedBy">request, source, agent or default.</param>
public sealed record ModelView(string? Asked, string? Used, string? DecidedBy, bool Mismatch);

/// <summary>What a work cost.</summary>
/// <param name="CostUsd">Null when the model has no known price.</param>
public sealed record UsageView(int ModelCalls, long InputTokens, long CachedInputTokens, long OutputTokens, decimal? CostUsd, double DurationMs, double? FirstTokenMs)
{
    public static UsageView Of(TurnUsage usage) => new(usage.ModelCalls, usage.InputTokens, usage.CachedInputTokens, usage.OutputTokens, usage.CostUsd,
        Math.Round(usage.Duration.TotalMilliseconds, 1), usage.FirstToken is { } first ? Math.Round(first.TotalMilliseconds, 1) : null);
}

/// <summary>What a gate decided.</summary>
public sealed record GateView(string Gate, string Decision, string? Reason, DateTimeOffset At, double Ms, string? Detail);

/// <summary>One run of a work.</summary>
public sealed record AttemptView(string Run, int Attempt, string State, string Node, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, string ModelAsked, string DecidedBy, IReadOnlyList<StepView> Steps)
{
    public static AttemptView Of(RunRecord run) => new(run.Start.Id, run.Start.Attempt, run.State, run.Start.Node, run.Start.StartedAt, run.FinishedAt, run.Start.ModelAsked, run.Start.DecidedBy,
        [.. run.Steps.Select(StepView.Of)]);
}

/// <summary>One step of a run's journal.</summary>
public sealed record StepView(int Number, string Kind, DateTimeOffset At, string Text, IReadOnlyList<CallView> Calls, string? CallId, string? ModelUsed, long InputTokens, long OutputTokens)
{
    public static StepView Of(TurnStep step) => new(step.Number, step.Kind == StepKind.Reply ? "reply" : "tool-result", step.At, TextOf(step),
        [.. step.Message.Contents.OfType<Microsoft.Extensions.AI.FunctionCallContent>().Select(call => new CallView(call.CallId, call.Name, call.Arguments))],
        step.CallId, step.Usage?.ModelUsed, step.Usage?.InputTokens ?? 0, step.Usage?.OutputTokens ?? 0);

    private static string TextOf(TurnStep step)
        => step.Kind == StepKind.Reply ? step.Message.Text : step.Message.Contents.OfType<Microsoft.Extensions.AI.FunctionResultContent>().FirstOrDefault()?.Result?.ToString() ?? "";
}

/// <summary>A tool call in a step.</summary>
public sealed record CallView(string Id, string Name, IDictionary<string, object?>? Arguments);
