using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Models;
using Vigil.Settings;

namespace Vigil.Ledger;

/// <summary>Looks at the budgets before each call, with the worst case of that call: its input by characters, its output at the limit.</summary>
internal sealed class BudgetedModelCaller(IModelCaller inner, BudgetGuard guard, KeyBudget keys, BudgetNotices notices) : IModelCaller
{
    private const int CharactersPerToken = 4;
    private const int CharactersPerMessage = 16;

    public async Task<ModelReply> CallAsync(ModelCall call, Func<ChatResponseUpdate, ValueTask>? onUpdate, CancellationToken cancellationToken)
    {
        var profile = call.Run.Profile;
        if (!guard.Applies(profile))
            return await KeyedAsync(call, onUpdate, cancellationToken);
        if (call.Options.MaxOutputTokens is null)
        {
            call = call with { Options = call.Options.Clone() };
            call.Options.MaxOutputTokens = BudgetGuard.MaxOutput;
        }
        var (input, output) = (Tokens(call), (long)call.Options.MaxOutputTokens!);
        var (verdict, model, held) = await guard.ReserveAsync(profile, call.Choice.Asked.ToString(), input, output, cancellationToken);
        using (held)
        {
            if (verdict.Unpriced)
                await notices.WarnUnpricedAsync(profile, call.Choice.Asked.ToString(), cancellationToken);
            if (verdict.Action is not null)
                await notices.TellAsync(profile, verdict, cancellationToken);
            if (model is null)
                throw Stopped(verdict, profile);
            if (verdict.Action == BudgetAction.Cheapest)
                call = call with { Choice = call.Choice with { Asked = ModelName.Parse(model), Fallbacks = [] } };
            return await KeyedAsync(call, onUpdate, cancellationToken);
        }
    }

    // After the budgets: they may have put a cheaper model in.
    private async Task<ModelReply> KeyedAsync(ModelCall call, Func<ChatResponseUpdate, ValueTask>? onUpdate, CancellationToken cancellationToken)
    {
        if (call.Run.Key is null)
            return await inner.CallAsync(call, onUpdate, cancellationToken);
        using var held = await keys.ReserveAsync(call, Tokens, cancellationToken);
        if (held is not null && call.Options.MaxOutputTokens is null)
        {
            call = call with { Options = call.Options.Clone() };
            call.Options.MaxOutputTokens = BudgetGuard.MaxOutput;
        }
        return await inner.CallAsync(call, onUpdate, cancellationToken);
    }

    private static FaultException Stopped(BudgetVerdict verdict, AgentProfile profile) => new(new Fault("budget_exceeded", $"The budget is used up: {verdict.Exceeded}.",
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
