using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Turns;

namespace Vigil.Work;

/// <summary>One attempt at one work: input gates → turn → output gates → commit. Every way out of here is a row.</summary>
internal sealed class WorkRun(IWorkStore store, IRunStore runs, IAgentRegistry agents, GateLine gates, SourceTable sources, WorkTools tools, TurnRunner turns, Compactor compactor, Speech speech,
    WorkEvents events, DeliverySignal deliveries, WorkSignal signal, ISettings settings, NodeName node, TimeProvider time, ILogger<WorkRun> log)
{
    private const int CommitTries = 5;
    private const int TurnsPerWork = 3;

    /// <summary>A store that is full or gone is not the work's failure: its lease passes and it is taken over.</summary>
    private const string StoreFaults = "store_";

    public async Task ExecuteAsync(RunHandle handle)
    {
        var attempt = new Attempt(handle);
        try
        {
            await RunAsync(attempt);
        }
        catch (ClaimLostException)
        {
            SayLost(handle.Claim);
        }
        catch (OperationCanceledException) when (handle.Cause != StopCause.None)
        {
            await StoppedAsync(attempt, null);
        }
        catch (PartFailedException failed)
        {
            log.LogError(failed.InnerException, "{Part} failed for {Work} of {Agent}.", failed.Part, handle.Work.Id, handle.Work.Agent);
            await FailAsync(attempt, Reasons.GateError, $"{failed.Part} failed: {failed.InnerException!.Message}");
        }
        catch (FaultException fault) when (!fault.Fault.Code.StartsWith(StoreFaults, StringComparison.Ordinal))
        {
            await FailAsync(attempt, fault.Fault.Code switch
            {
                "agent_not_found" => Reasons.AgentRemoved,
                "budget_exceeded" or KeyBudget.ExceededCode => Reasons.Budget,
                _ => Reasons.GateError,
            }, fault.Fault.Message);
        }
        catch (Exception unforeseen) when (unforeseen is not FaultException)
        {
            log.LogError(unforeseen, "{Work} of {Agent} met an error that nobody foresaw.", handle.Work.Id, handle.Work.Agent);
            await FailAsync(attempt, attempt.RunId is null ? Reasons.GateError : Reasons.ModelError, $"An error that nobody foresaw: {unforeseen.Message}");
        }
    }

    private async Task RunAsync(Attempt attempt)
    {
        var work = attempt.Work;
        var stop = attempt.Handle.Stopped;
        var begun = work.Attempt > 1 ? await OpenRunsAsync(work, stop) : [];
        var profile = begun is [.., var last] ? await PinnedAsync(last, stop) : agents.Find(work.Agent).Required();
        attempt.Context = new WorkContext { Work = work, Profile = profile, Now = time.GetUtcNow() };
        attempt.Source = sources.Of(work);

        if (begun.Count == 0 && !await PassesAsync(attempt))
            return;
        var result = await TurnsAsync(attempt, begun, stop);
        attempt.Turn = result;
        if (attempt.Handle.Cause != StopCause.None && result.End == TurnEnd.Cancelled)
            await StoppedAsync(attempt, result);
        else
            await EndAsync(attempt, result);
    }

    // The journals that earlier attempts left open, oldest first, each with all of its steps; a manual retry closed what was before it.
    private async Task<IReadOnlyList<RunRecord>> OpenRunsAsync(AgentWork work, CancellationToken cancellationToken)
    {
        var all = await runs.OfWorkAsync(work.Id, cancellationToken);
        var closed = all.ToList().FindLastIndex(run => !run.IsOpen);
        return [.. all.Skip(closed + 1)
            .GroupBy(run => run.Start.Journal)
            .Select(journal => journal.Last() with { Steps = [.. journal.SelectMany(run => run.Steps).OrderBy(step => step.Number)] })];
    }

    private async Task<AgentProfile> PinnedAsync(RunRecord run, CancellationToken cancellationToken)
        => await runs.ProfileAsync(run.Start.ProfileHash, cancellationToken) is { } json
            ? JsonSerializer.Deserialize<AgentProfile>(json, ProfileJson.Options)!
            : agents.Find(run.Start.Agent).Required();

    private async Task<bool> PassesAsync(Attempt attempt)
    {
        var verdict = await gates.DecideAsync(attempt.Context!, attempt.Handle.Stopped);
        attempt.Gates = verdict.Verdicts;
        switch (verdict.Decision)
        {
            case GateDecision.Skip skip:
                await CommitAsync(attempt, new WorkResult(Outcome.Skipped, skip.Reason, null), null, SpeechResult.Nothing);
                return false;
            case GateDecision.Defer defer:
                await store.DeferAsync(attempt.Handle.Claim, defer.Until, defer.Reason, attempt.Gates, events.Deferred(attempt.Work, defer.Reason, defer.Until), CancellationToken.None);
                return false;
            case GateDecision.Rewrite rewrite:
                attempt.Context = attempt.Context! with { Work = attempt.Work with { Prompt = rewrite.Text } };
                return true;
            default:
                return true;
        }
    }

    private async Task<TurnResult> TurnsAsync(Attempt attempt, IReadOnlyList<RunRecord> begun, CancellationToken cancellationToken)
    {
        TurnResult? before = null;
        foreach (var earlier in begun.SkipLast(1))
            before = Joined(before, FromJournal(earlier));
        var turn = begun.Count > 0
            ? await ResumeAsync(attempt, begun[^1], cancellationToken)
            : await BeginAsync(attempt, await PromptAsync(attempt, cancellationToken), Choice(attempt), cancellationToken);
        var result = Joined(before, turn);
        for (var count = Math.Max(1, begun.Count); count < TurnsPerWork && turn.End is TurnEnd.Replied or TurnEnd.EndedByTool; count++)
        {
            var next = await PartAsync($"source {attempt.Source!.Name}", () => attempt.Source.NextAsync(attempt.Context!, turn, count, cancellationToken));
            if (next is null)
                break;
            var choice = new ModelChoice(ModelChooser.Check(attempt.Context!.Profile, next.Model), "source", []);
            turn = await BeginAsync(attempt, next.Input, choice, cancellationToken);
            result = Joined(result, turn);
        }
        return result;
    }

    private ModelChoice Choice(Attempt attempt)
    {
        var work = attempt.Work;
        var byRequest = work.ModelDecidedBy == "source" ? null : work.Model;
        var bySource = work.ModelDecidedBy == "source" ? work.Model : attempt.Source!.Model(attempt.Context!);
        return ModelChooser.Choose(attempt.Context!.Profile, byRequest, bySource)
            ?? throw new FaultException(new Fault("no_model", $"No model is set for agent {work.Agent}.", "Set models.default in vigil.json."));
    }

    private Task<IReadOnlyList<ChatMessage>> PromptAsync(Attempt attempt, CancellationToken cancellationToken)
        => PartAsync($"prompt of {attempt.Source!.Name}", () => attempt.Source.PromptAsync(attempt.Context!, cancellationToken));

    private async Task<TurnResult> BeginAsync(Attempt attempt, IReadOnlyList<ChatMessage> input, ModelChoice choice, CancellationToken cancellationToken)
    {
        var work = attempt.Work;
        var profile = attempt.Context!.Profile;
        var id = NewId.Run(time);
        var start = Start(work, profile, id, id, choice, input);
        return await RunTurnAsync(attempt, start, [], choice, cancellationToken);
    }

    private Task<TurnResult> ResumeAsync(Attempt attempt, RunRecord last, CancellationToken cancellationToken)
    {
        var asked = ModelName.Parse(last.Start.ModelAsked);
        var fallbacks = last.Start.DecidedBy is "agent" or "default" ? attempt.Context!.Profile.Fallbacks.Select(ModelName.Parse) : [];
        var choice = new ModelChoice(asked, last.Start.DecidedBy, [.. fallbacks]);
        var start = Start(attempt.Work, attempt.Context!.Profile, NewId.Run(time), last.Start.Journal, choice, last.Start.Input);
        return RunTurnAsync(attempt, start, last.Steps, choice, cancellationToken);
    }

    private RunStart Start(AgentWork work, AgentProfile profile, string id, string journal, ModelChoice choice, IReadOnlyList<ChatMessage> input) => new()
    {
        Id = id,
        Journal = journal,
        Agent = work.Agent,
        Session = work.Session,
        Source = work.Source,
        WorkId = work.Id,
        Attempt = work.Attempt,
        Node = node.Value,
        StartedAt = time.GetUtcNow(),
        ModelAsked = choice.Asked.ToString(),
        DecidedBy = choice.DecidedBy,
        ProfileHash = profile.Hash,
        ProfileJson = ProfileJson.Of(profile),
        Input = input,
    };

    private async Task<TurnResult> RunTurnAsync(Attempt attempt, RunStart start, IReadOnlyList<TurnStep> finished, ModelChoice choice, CancellationToken cancellationToken)
    {
        var work = attempt.Work;
        attempt.RunId = start.Id;
        if (!await runs.BeginAsync(start, attempt.Handle.Claim, cancellationToken))
            throw new ClaimLostException(work.Id);
        var facts = SubagentFacts.Of(work);
        var request = new TurnRequest
        {
            Run = new RunContext
            {
                Profile = attempt.Context!.Profile,
                Session = work.Session,
                RunId = start.Id,
                WorkId = work.Id,
                Source = work.Source,
                Key = WorkKey.Of(work),
                Depth = facts.Depth,
                AskedBy = facts.AskedBy,
            },
            Model = choice,
            Input = start.Input,
            Context = work.Context,
            ContextSession = attempt.Source!.ContextSession(work),
            SourceTools = tools.For(attempt.Context, attempt.Source!),
            OnlyTools = work.Tools,
            Deadline = work.Deadline ?? settings.Current.Gateway.Work.Deadline,
        };
        var result = await turns.RunAsync(request, new RunJournal(runs, start, finished, attempt.Handle.Claim), SilentObserver.Instance, cancellationToken);
        // What only looks into a conversation leaves it to those who speak in it.
        if (result.WasContextFull && work.Context == ContextMode.Main && request.ContextSession == work.Session)
            compactor.Start(work.Session, request.Run.Profile, choice);
        return result;
    }

    private static TurnResult FromJournal(RunRecord run) => new()
    {
        End = TurnEnd.EndedByTool,
        Intents = [.. run.Steps.Select(step => step.Intent).OfType<Tools.ToolIntent>()],
        Usage = run.Steps.Select(step => step.Usage).OfType<TurnUsage>().Aggregate(TurnUsage.None, (sum, usage) => sum.Plus(usage)),
    };

    private static TurnResult Joined(TurnResult? before, TurnResult turn)
        => before is null ? turn : turn with { Intents = [.. before.Intents, .. turn.Intents], Usage = before.Usage.Plus(turn.Usage) };

    private async Task EndAsync(Attempt attempt, TurnResult turn)
    {
        var failure = Failure(attempt, turn);
        if (failure is not null && turn.Failure is { } model && attempt.Source!.RetryAfter(attempt.Context!, model) is { } delay)
        {
            var now = time.GetUtcNow();
            var until = now + delay;
            await store.DeferAsync(attempt.Handle.Claim, until, Reasons.ModelError, [.. attempt.Gates, RetryVerdict.Of(failure.Value.Error, now, until)], events.Deferred(attempt.Work, Reasons.ModelError, until), CancellationToken.None);
            return;
        }
        for (var tries = 1; ; tries++)
        {
            var said = await PartAsync("output gates", () => speech.DecideAsync(attempt.Context!, turn, sources.Policy(attempt.Work), failure is not null, CancellationToken.None));
            attempt.OutputGates = said.Verdicts;
            var result = failure is { } failed ? new WorkResult(Outcome.Failed, failed.Reason, turn) : Spoken(attempt, turn, said);
            if (await CommitAsync(attempt, result, failure?.Error, said) != CommitResult.SaidMeanwhile)
                return;
            if (tries == CommitTries)
                throw new InvalidOperationException($"What {attempt.Work.Id} says kept being said by others at the same moment.");
        }
    }

    private WorkResult Spoken(Attempt attempt, TurnResult turn, SpeechResult said)
    {
        if (said.FailedReason is { } reason)
            return new WorkResult(Outcome.Failed, reason, turn);
        if (said.Notifications.Any(notification => notification.State != NotificationState.Suppressed))
            return new WorkResult(Outcome.Spoke, null, turn);
        return sources.Answers(attempt.Work) && !string.IsNullOrWhiteSpace(turn.Text) && said.Notifications.Count == 0 && said.Asked == 0
            ? new WorkResult(Outcome.Answered, null, turn)
            : new WorkResult(Outcome.Silent, said.SilentReason ?? Reasons.Ack, turn);
    }

    private (string Reason, string Error)? Failure(Attempt attempt, TurnResult turn) => turn.End switch
    {
        TurnEnd.ModelFailed => (Reasons.ModelError, turn.Failure!.ToString()),
        TurnEnd.StepLimit => (Reasons.StepLimit, $"The limit of {attempt.Context!.Profile.Turns.Steps} steps was reached (turns.steps)."),
        TurnEnd.Deadline => (Reasons.Deadline, $"The deadline of {(attempt.Work.Deadline ?? settings.Current.Gateway.Work.Deadline).TotalSeconds:0} s passed ({(attempt.Work.Deadline is null ? "gateway.work.deadline" : "set with the work")})."),
        TurnEnd.CallerTools => (Reasons.ModelError, "The model called a tool that nobody here answers."),
        _ => null,
    };

    private async Task StoppedAsync(Attempt attempt, TurnResult? turn)
    {
        attempt.Turn ??= turn;
        var claim = attempt.Handle.Claim;
        switch (attempt.Handle.Cause)
        {
            case StopCause.Cancelled:
                await CommitAsync(attempt, new WorkResult(Outcome.Cancelled, Reasons.Cancelled, turn), null, SpeechResult.Nothing);
                break;
            case StopCause.StepBack:
                var now = time.GetUtcNow();
                await store.DeferAsync(claim, now, Reasons.Busy, attempt.Gates, events.Deferred(attempt.Work, Reasons.Busy, now), CancellationToken.None);
                break;
            case StopCause.Stopping:
                await store.ReleaseAsync(claim, time.GetUtcNow(), CancellationToken.None);
                break;
            default:
                SayLost(claim);
                break;
        }
    }

    private void SayLost(WorkClaim claim) => log.LogInformation("Attempt {Attempt} at {Work} lost its claim; its result is dropped.", claim.Attempt, claim.WorkId);

    private async Task FailAsync(Attempt attempt, string reason, string error)
    {
        attempt.Context ??= new WorkContext { Work = attempt.Work, Profile = new AgentProfile { Id = attempt.Work.Agent, Timezone = "UTC" }, Now = time.GetUtcNow() };
        attempt.Source ??= sources.Of(attempt.Work);
        await CommitAsync(attempt, new WorkResult(Outcome.Failed, reason, attempt.Turn), error, SpeechResult.Nothing);
    }

    private async Task<CommitResult> CommitAsync(Attempt attempt, WorkResult result, string? error, SpeechResult said)
    {
        var context = attempt.Context!;
        CommitAdditions additions;
        try
        {
            additions = await attempt.Source!.CommitAsync(context, result, CancellationToken.None);
        }
        catch (Exception thrown)
        {
            log.LogError(thrown, "The source {Source} failed in the commit of {Work}.", attempt.Source!.Name, attempt.Work.Id);
            (result, error, said, additions) = (result with { Outcome = Outcome.Failed, Reason = Reasons.GateError }, $"source {attempt.Source.Name} failed: {thrown.Message}",
                SpeechResult.Nothing, CommitAdditions.None);
        }
        var commit = new WorkCommit
        {
            Outcome = result.Outcome,
            Reason = result.Reason,
            Reply = result.Turn?.Text,
            Error = error,
            At = time.GetUtcNow(),
            Usage = result.Turn?.Usage ?? TurnUsage.None,
            Gates = [.. attempt.Gates, .. attempt.OutputGates],
            RunId = attempt.RunId,
            Notifications = said.Notifications,
            Reservations = said.Reservations,
            Messages = WorkMessages.For(attempt.Work, attempt.Source, result, said, time.GetUtcNow()),
            State = additions.State,
            Admit = additions.Work,
            Events = [.. events.Finished(attempt.Work, result, error), .. events.Said(attempt.Work, said), .. additions.Events],
        };
        var written = await store.CommitAsync(attempt.Handle.Claim, commit, CancellationToken.None);
        if (written != CommitResult.Written)
            return written;
        if (said.Notifications.Count > 0)
            deliveries.Set();
        if (additions.Work.Count > 0)
            signal.Set();
        try
        {
            await attempt.Source!.FinishedAsync(context, result, CancellationToken.None);
        }
        catch (Exception thrown)
        {
            log.LogError(thrown, "The source {Source} failed after the commit of {Work}; the outcome stands.", attempt.Source!.Name, attempt.Work.Id);
        }
        return written;
    }

    private static async Task<T> PartAsync<T>(string part, Func<ValueTask<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception failed) when (failed is not OperationCanceledException and not FaultException and not ClaimLostException)
        {
            throw new PartFailedException(part, failed);
        }
    }

    /// <summary>What is known of one attempt on its way.</summary>
    private sealed class Attempt(RunHandle handle)
    {
        public RunHandle Handle { get; } = handle;

        public AgentWork Work => Context?.Work ?? Handle.Work;

        public WorkContext? Context { get; set; }

        public IWorkSource? Source { get; set; }

        /// <summary>Of this attempt alone; those of earlier ones are in the store already.</summary>
        public IReadOnlyList<GateVerdict> Gates { get; set; } = [];

        public IReadOnlyList<GateVerdict> OutputGates { get; set; } = [];

        public string? RunId { get; set; }

        public TurnResult? Turn { get; set; }
    }
}

/// <summary>A gate, prompt builder or source threw: the work ends failed and names the part.</summary>
internal sealed class PartFailedException(string part, Exception inner) : Exception($"{part} failed.", inner)
{
    public string Part { get; } = part;
}
