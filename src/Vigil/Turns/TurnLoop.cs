using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Tools;

namespace Vigil.Turns;

/// <summary>What the loop works on, after the shell has put it together.</summary>
internal sealed record TurnPlan
{
    public required TurnRequest Request { get; init; }

    /// <summary>System prompt, history and input, as the model gets them.</summary>
    public required IReadOnlyList<ChatMessage> Prefix { get; init; }

    public required ToolBench Tools { get; init; }

    public required int StepLimit { get; init; }

    public required TimeSpan Deadline { get; init; }

    /// <summary>A shorter prefix, for when the provider says that the context is too long; null when there is nothing left to leave out.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<ChatMessage>?>>? Shrink { get; init; }

    /// <summary>The ledger line of a reply.</summary>
    public required Func<ModelReply, LedgerEntry> Ledger { get; init; }
}

/// <summary>
/// The loop: ask the model, run the tools it calls, ask again, until it has said its last word. Each reply and each tool result is in the journal
/// before the next step starts; what an earlier attempt had finished is taken from there and neither asked nor run again.
/// </summary>
internal sealed class TurnLoop(IModelCaller models, TimeProvider time)
{
    /// <summary>What the model is told of a call whose end nobody saw.</summary>
    public const string Interrupted = "This call was interrupted and its outcome is unknown. It may or may not have taken effect; check before you repeat it.";

    /// <summary>How many calls of one reply run at the same time. A reply may hold thousands, and each may be a program or a connection.</summary>
    internal const int MostToolsAtOnce = 32;

    public async Task<TurnResult> RunAsync(TurnPlan plan, ITurnJournal journal, ITurnObserver observer, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(plan.Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var progress = new TurnProgress(plan, journal.Finished);
        try
        {
            return progress.Result(await StepsAsync(plan, progress, journal, observer, either.Token));
        }
        catch (ModelFailureException failed) when (!either.IsCancellationRequested)
        {
            return progress.Result(TurnEnd.ModelFailed) with { Failure = failed.Failure };
        }
        catch (Exception stopped) when (either.IsCancellationRequested && stopped is OperationCanceledException or ModelFailureException)
        {
            return progress.Result(cancellationToken.IsCancellationRequested ? TurnEnd.Cancelled : TurnEnd.Deadline);
        }
    }

    private async Task<TurnEnd> StepsAsync(TurnPlan plan, TurnProgress progress, ITurnJournal journal, ITurnObserver observer, CancellationToken cancellationToken)
    {
        var resumed = true;
        while (true)
        {
            if (progress.LastReply is { } reply)
            {
                var calls = progress.OpenCalls(reply);
                var own = calls.Where(call => !plan.Tools.IsCallers(call)).ToList();
                if (own.Count > 0)
                    await RunToolsAsync(plan, progress, journal, observer, own, resumed, cancellationToken);
                if (calls.Count > own.Count)
                    return TurnEnd.CallerTools;
                if (progress.EndedByTool)
                    return TurnEnd.EndedByTool;
                if (!reply.Contents.OfType<FunctionCallContent>().Any())
                    return TurnEnd.Replied;
            }
            resumed = false;
            if (progress.Replies >= plan.StepLimit)
                return TurnEnd.StepLimit;
            await AskAsync(plan, progress, journal, observer, cancellationToken);
        }
    }

    private async Task AskAsync(TurnPlan plan, TurnProgress progress, ITurnJournal journal, ITurnObserver observer, CancellationToken cancellationToken)
    {
        var options = plan.Request.Options?.Clone() ?? new ChatOptions();
        options.Tools = plan.Tools.Declarations.Count > 0 ? [.. plan.Tools.Declarations] : null;
        options.ModelId = null;
        ModelReply reply;
        try
        {
            reply = await CallAsync(plan, progress, options, observer, cancellationToken);
        }
        catch (ModelFailureException failed) when (failed.Failure.Kind == ModelFailureKind.ContextTooLong && plan.Shrink is not null && !progress.Shrunk)
        {
            if (await plan.Shrink(cancellationToken) is not { } shorter)
                throw;
            progress.ReplacePrefix(shorter);
            reply = await CallAsync(plan, progress, options, observer, cancellationToken);
        }
        reply = reply with { Message = progress.WithOwnIds(reply.Message, () => NewId.Make("call_", time)) };
        var ledger = plan.Ledger(reply);
        var step = new TurnStep
        {
            Number = progress.NextNumber(),
            Kind = StepKind.Reply,
            At = time.GetUtcNow(),
            Message = reply.Message,
            Ledger = ledger,
            Usage = new TurnUsage
            {
                ModelAsked = plan.Request.Model.Asked.ToString(),
                ModelUsed = reply.ModelUsed,
                DecidedBy = plan.Request.Model.DecidedBy,
                ModelCalls = 1,
                InputTokens = reply.InputTokens,
                CachedInputTokens = reply.CachedInputTokens,
                OutputTokens = reply.OutputTokens,
                CostUsd = ledger.CostUsd,
                FirstToken = reply.FirstToken,
                Duration = reply.Duration,
            },
        };
        // Paid for, so written even when the run is being stopped.
        await journal.AppendAsync(step, isLast: !reply.Message.Contents.OfType<FunctionCallContent>().Any(), CancellationToken.None);
        progress.Add(step);
        progress.LastFinish = reply.Finish;
    }

    private Task<ModelReply> CallAsync(TurnPlan plan, TurnProgress progress, ChatOptions options, ITurnObserver observer, CancellationToken cancellationToken)
    {
        var call = new ModelCall(plan.Request.Run, plan.Request.Model, progress.Messages, options);
        return models.CallAsync(call, update => ShowAsync(update, progress, observer), cancellationToken);
    }

    private static async ValueTask ShowAsync(ChatResponseUpdate update, TurnProgress progress, ITurnObserver observer)
    {
        foreach (var content in update.Contents)
        {
            if (content is TextReasoningContent { Text.Length: > 0 } reasoning)
                await observer.ReasoningAsync(reasoning.Text);
            else if (content is TextContent { Text.Length: > 0 } text)
            {
                progress.Hear(text.Text);
                await observer.TextAsync(text.Text);
            }
        }
    }

    private async Task RunToolsAsync(TurnPlan plan, TurnProgress progress, ITurnJournal journal, ITurnObserver observer, List<FunctionCallContent> calls, bool resumed,
        CancellationToken cancellationToken)
    {
        var free = new SemaphoreSlim(MostToolsAtOnce);
        var appending = new SemaphoreSlim(1, 1);
        await Task.WhenAll(calls.Select(RunAsync));

        async Task RunAsync(FunctionCallContent call)
        {
            await free.WaitAsync(cancellationToken);
            ToolResult result;
            try
            {
                await Task.Yield();
                result = resumed && !plan.Tools.IsPure(call.Name)
                    ? ToolResult.Error(Interrupted)
                    : await InvokeAsync(plan, call, observer, cancellationToken);
            }
            finally
            {
                free.Release();
            }
            await appending.WaitAsync(CancellationToken.None);
            try
            {
                var step = new TurnStep
                {
                    Number = progress.NextNumber(),
                    Kind = StepKind.ToolResult,
                    At = time.GetUtcNow(),
                    CallId = call.CallId,
                    Message = new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, result.Text)]),
                    Intent = result.Intent,
                    EndsTurn = result.EndsTurn,
                };
                await journal.AppendAsync(step, isLast: false, CancellationToken.None);
                progress.Add(step);
            }
            finally
            {
                appending.Release();
            }
        }
    }

    private async Task<ToolResult> InvokeAsync(TurnPlan plan, FunctionCallContent call, ITurnObserver observer, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        await observer.ToolStartedAsync(call.Name, Summary(call));
        var result = await plan.Tools.InvokeAsync(plan.Request.Run, call, cancellationToken);
        await observer.ToolEndedAsync(call.Name, result.IsError, time.GetElapsedTime(started));
        return result;
    }

    private static string Summary(FunctionCallContent call)
    {
        var text = call.Arguments is { Count: > 0 } arguments ? JsonSerializer.Serialize(arguments, AIJsonUtilities.DefaultOptions) : "";
        return text.Length <= 120 ? text : string.Concat(text.AsSpan(0, 119), "…");
    }
}
