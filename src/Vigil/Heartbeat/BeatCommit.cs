using NodaTime;
using Vigil.Agents;
using Vigil.Heartbeat.Probes;
using Vigil.State;
using Vigil.Tools;
using Vigil.Tools.Source;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>What a beat leaves behind in the transaction of its outcome: marks of checks and probes, follow-ups, counts. And what is done after it.</summary>
internal sealed class BeatCommit(IStateStore state, CheckBook book, Escalations escalations, BeatNotices notices, StateMirror mirror, TimeProvider time)
{
    public async ValueTask<CommitAdditions> AdditionsAsync(WorkContext context, WorkResult result, CancellationToken cancellationToken)
    {
        var changes = new List<StateChange>();
        var agent = context.Work.Agent;
        if (result.Outcome is Outcome.Spoke or Outcome.Silent or Outcome.Answered)
            await MarkAsync(context, result, changes, cancellationToken);
        else if (result.Outcome == Outcome.Skipped && context.Finding<BeatFindings>() is { } skipped)
            await RecoverAsync(agent, skipped.Looks, changes, cancellationToken);
        if (result.Outcome != Outcome.Skipped && BeatWork.IsBeat(context.Work))
            changes.Add(BeatState.Remove(agent, BeatState.PromptArea, context.Work.Id));
        if (result.Turn is { } turn)
        {
            if (await escalations.CountAsync(context.Profile, turn, context.Now, cancellationToken) is { } counted)
                changes.Add(counted);
            if (turn.Usage is { ModelCalls: > 0, InputTokens: > 0 } usage)
                changes.Add(BeatState.Change(agent, BeatState.Area, BeatState.LastPromptKey, new LastPrompt(usage.InputTokens / usage.ModelCalls, usage.InputTokens, usage.OutputTokens)));
        }
        if (await notices.CountAsync(context, result, cancellationToken) is { } failures)
            changes.Add(failures);
        return new CommitAdditions(changes, result.Turn is null || result.Outcome == Outcome.Failed ? [] : FollowUps(context, result.Turn), []);
    }

    public async ValueTask FinishedAsync(WorkContext context, WorkResult result, CancellationToken cancellationToken)
    {
        if (result.Outcome is not Outcome.Skipped)
            await notices.TellAsync(context, cancellationToken);
        if (BeatWork.IsBeat(context.Work) && context.Finding<Checklist>() is { IsEmpty: false } checklist)
        {
            var changed = result.Outcome != Outcome.Skipped || context.Finding<BeatFindings>()?.Looks.Any(look => look.HasRecovered) == true;
            await mirror.WriteAsync(context.Profile, checklist, changed ? null : context.Finding<CheckRecords>(), cancellationToken);
        }
    }

    private async Task MarkAsync(WorkContext context, WorkResult result, List<StateChange> changes, CancellationToken cancellationToken)
    {
        if (!BeatWork.IsBeat(context.Work))
            return;
        var agent = context.Work.Agent;
        var prompted = context.Finding<BeatFindings>() is { } findings
            ? PromptRecord.Of(findings)
            : BeatState.Parse<PromptRecord>(await state.GetAsync(agent, BeatState.PromptArea, context.Work.Id, cancellationToken));
        if (prompted is null)
            return;
        var records = context.Finding<CheckRecords>() ?? await book.ReadAsync(agent, cancellationToken);
        var zone = BeatHours.Of(context.Profile).Zone;
        foreach (var id in prompted.Checks)
        {
            var record = records.ById.GetValueOrDefault(id) ?? CheckRecord.Never;
            var done = record.Done(BeatWork.Slot(context), zone, result.Outcome == Outcome.Spoke ? "spoke" : "silent", context.Work.Id);
            changes.Add(BeatState.Change(agent, BeatState.CheckArea, id, done));
        }
        // Checks that were deleted are forgotten: the same words written again later are new.
        if (context.Finding<Checklist>() is { } checklist)
            changes.AddRange(records.ById.Keys.Except(checklist.Checks.Select(check => check.Id)).Select(id => BeatState.Remove(agent, BeatState.CheckArea, id)));
        var before = await state.AllAsync(agent, BeatState.ProbeArea, cancellationToken);
        foreach (var look in prompted.Looks.Where(look => look.IsNews || look.HasRecovered))
            changes.Add(BeatState.Change(agent, BeatState.ProbeArea, look.Probe, look.Record(BeatState.Parse<ProbeRecord>(before.GetValueOrDefault(look.Probe)))));
    }

    // A probe that works again without news has nothing to tell, but its next failure has.
    private async Task RecoverAsync(AgentId agent, IReadOnlyList<ProbeLook> looks, List<StateChange> changes, CancellationToken cancellationToken)
    {
        if (!looks.Any(look => look.HasRecovered))
            return;
        var before = await state.AllAsync(agent, BeatState.ProbeArea, cancellationToken);
        foreach (var look in looks.Where(look => look.HasRecovered && before.ContainsKey(look.Probe)))
            changes.Add(BeatState.Change(agent, BeatState.ProbeArea, look.Probe, BeatState.Parse<ProbeRecord>(before[look.Probe])! with { Failure = null }));
    }

    private List<NewWork> FollowUps(WorkContext context, TurnResult turn)
    {
        var now = time.GetUtcNow();
        return [.. turn.Intents.Where(intent => intent.Kind == IntentKinds.FollowUp).Select(SourceTools.ReadFollowUp).Select(intent => new NewWork(new AgentWork
        {
            Id = NewId.Work(time),
            Agent = context.Work.Agent,
            Source = WorkSources.Wake,
            Origin = BeatState.FollowUpOrigin,
            Prompt = intent.About,
            Session = BeatState.Session(context.Work.Agent),
            Context = context.Profile.Heartbeat.Context,
            Tools = BeatTools.Of(context.Profile),
            Deliver = [context.Profile.Heartbeat.Deliver],
            Metadata = new System.Text.Json.Nodes.JsonObject { ["plannedBy"] = context.Work.Id },
            CreatedAt = now,
            DueAt = intent.At,
        })
        {
            Precedence = BeatState.WakePrecedence,
        })];
    }
}

/// <summary>How large the last beat that asked a model was: what a skipped one would have cost.</summary>
/// <param name="PerCall">Input tokens of one call.</param>
internal sealed record LastPrompt(long PerCall, long Input, long Output);
