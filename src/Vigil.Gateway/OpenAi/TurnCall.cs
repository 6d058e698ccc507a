using Microsoft.Extensions.AI;
using Vigil.Errors;
using Vigil.Gateway.Chats;
using Vigil.Gateway.Requests;
using Vigil.Models;
using Vigil.Turns;

namespace Vigil.Gateway.OpenAi;

/// <summary>What the shapes of the API read from a finished turn.</summary>
internal static class TurnCall
{
    /// <summary>Runs the turn; a model that the header named and nobody knows is the caller's fault.</summary>
    public static async Task<ChatAnswer> RunAsync(ChatTurns turns, ChatRequest request, ITurnObserver observer, CancellationToken cancellationToken)
    {
        try
        {
            return await turns.RunAsync(request, observer, cancellationToken);
        }
        catch (FaultException bad) when (request.Model is not null && bad.Fault is { Kind: FaultKind.Invalid, Parameter: "model" })
        {
            throw new FaultException(bad.Fault with { Parameter = VigilHeaders.ModelName }, bad);
        }
    }

    public static Fault? FaultOf(ChatRequest request, TurnResult turn)
    {
        if (turn.End is TurnEnd.Replied or TurnEnd.CallerTools or TurnEnd.EndedByTool)
            return null;
        var fault = TurnFaults.Of(turn);
        return request.Model is not null && turn.Failure is { Kind: ModelFailureKind.NoModel }
            ? fault with { Kind = FaultKind.Invalid, Code = "model_unknown", Parameter = VigilHeaders.ModelName }
            : fault;
    }

    /// <summary>All that the agent said in the turn; nothing about its tools.</summary>
    public static string Text(ChatRequest request, TurnResult turn)
        => string.Join("\n\n", turn.Messages.Skip(request.Input.Count).Where(message => message.Role == ChatRole.Assistant).Select(message => message.Text).Where(text => text.Length > 0));

    /// <summary>The calls that are the caller's to answer.</summary>
    public static IReadOnlyList<FunctionCallContent> Calls(ChatRequest request, TurnResult turn)
        => turn.End != TurnEnd.CallerTools
            ? []
            : [.. turn.Messages.Last(message => message.Role == ChatRole.Assistant).Contents.OfType<FunctionCallContent>()
                .Where(call => call.Exception is null && request.CallerTools.Any(tool => tool.Name == call.Name))];

    public static string Arguments(FunctionCallContent call)
        => call.Arguments is { Count: > 0 } arguments ? System.Text.Json.JsonSerializer.Serialize(arguments, ApiJson.Options) : "{}";
}
