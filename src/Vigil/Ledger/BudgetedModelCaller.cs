using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Models;
using Vigil.Settings;

namespace Vigil.Ledger;

/// <summary>
/// Looks at the budgets before each call, with the worst case of that call: its input by characters, its output at the limit. That is held until the reply is in the ledger,
/// whose line carries the id of the hold, or until the call has failed.
/// </summary>
internal sealed class BudgetedModelCaller(IModelCaller inner, BudgetGuard guard, KeyBudget keys, IBudgetHolds holds, BudgetNotices notices, TimeProvider time, ILogger<BudgetedModelCaller> log) : IModelCaller
{
    private const int CharactersPerToken = 4;
    private const int CharactersPerMessage = 16;

    public async Task<ModelReply> CallAsync(ModelCall call, Func<ChatResponseUpdate, ValueTask>? onUpdate, CancellationToken cancellationToken)
    {
        var applies = guard.Applies(call.Run.Profile);
        if (!applies && call.Run.Key is null)
            return await inner.CallAsync(call, onUpdate, cancellationToken);
        var hold = NewId.Make("hold_", time);
        var isHeld = false;
        try
        {
            if (applies)
            {
                call = Limited(call);
                var (verdict, model) = await ReserveAsync(call, hold, cancellationToken);
                isHeld = model is not null;
                call = await AllowedAsync(call, verdict, model, cancellationToken);
            }
            // After the budgets: they may have put a cheaper model in.
            if (call.Run.Key is not null && await keys.ReserveAsync(call, Tokens, hold, cancellationToken))
            {
                isHeld = true;
                call = Limited(call);
            }
            var reply = await inner.CallAsync(call, onUpdate, cancellationToken);
            return isHeld ? reply with { Hold = hold } : reply;
        }
        catch (Exception) when (isHeld)
        {
            await ReleaseAsync(hold);
            throw;
        }
    }

    private Task<(BudgetVerdict Verdict, string? Model)> ReserveAsync(ModelCall call, string hold, CancellationToken cancellationToken)
    {
        var (model, input, output) = (call.Choice.Asked.ToString(), Tokens(call), (long)call.Options.MaxOutputTokens!);
        return Room.TryAsync(() => guard.ReserveAsync(call.Run.Profile, model, input, output, hold, cancellationToken),
            answer => answer is { Model: null, Verdict.Crowded: true }, time, cancellationToken);
    }

    private async Task<ModelCall> AllowedAsync(ModelCall call, BudgetVerdict verdict, string? model, CancellationToken cancellationToken)
    {
        var profile = call.Run.Profile;
        if (verdict.Unpriced)
            await notices.WarnUnpricedAsync(profile, call.Choice.Asked.ToString(), cancellationToken);
        if (verdict is { Action: not null, Crowded: false })
            await notices.TellAsync(profile, verdict, cancellationToken);
        if (model is null)
            throw Stopped(verdict, profile);
        return verdict.Action == BudgetAction.Cheapest ? call with { Choice = call.Choice with { Asked = ModelName.Parse(model), Fallbacks = [] } } : call;
    }

    private static ModelCall Limited(ModelCall call)
    {
        if (call.Options.MaxOutputTokens is not null)
            return call;
        call = call with { Options = call.Options.Clone() };
        call.Options.MaxOutputTokens = BudgetGuard.MaxOutput;
        return call;
    }

    private async Task ReleaseAsync(string hold)
    {
        try
        {
            // Also for a call that was cancelled.
            await holds.ReleaseAsync(hold, CancellationToken.None);
        }
        catch (FaultException unreachable)
        {
            log.LogWarning(unreachable, "The store could not be told that a call has ended. Its worst case counts against the budget for {Minutes} more minutes at most.", IBudgetHolds.Longest.TotalMinutes);
        }
    }

    private static FaultException Stopped(BudgetVerdict verdict, AgentProfile profile) => verdict.Crowded
        ? new(new Fault("budget_exceeded", $"The calls that run now could use up the budget: {verdict.Exceeded}.", "Ask again when they have ended.") { Kind = FaultKind.TooMany })
        {
            RetryAfter = Room.WaitedFor,
        }
        : new(new Fault("budget_exceeded", $"The budget is used up: {verdict.Exceeded}.",
            $"It begins anew at {verdict.UntilIn(profile)}; budget in vigil.json or agent.json sets it.") { Kind = FaultKind.TooMany });

    private static long Tokens(ModelCall call)
    {
        long characters = 0;
        foreach (var content in call.Messages.SelectMany(message => message.Contents))
        {
            characters += CharactersPerMessage + content switch
            {
                TextContent text => text.Text.Length,
                TextReasoningContent reasoning => reasoning.Text.Length,
                FunctionResultContent result => result.Result?.ToString()?.Length ?? 0,
                FunctionCallContent called => called.Name.Length + (called.Arguments is null ? 0 : JsonSerializer.Serialize(called.Arguments, AIJsonUtilities.DefaultOptions).Length),
                _ => 0,
            };
        }
        foreach (var tool in call.Options.Tools?.OfType<AIFunctionDeclaration>() ?? [])
            characters += tool.Name.Length + tool.Description.Length + tool.JsonSchema.GetRawText().Length;
        return (characters / CharactersPerToken) + 1;
    }
}
