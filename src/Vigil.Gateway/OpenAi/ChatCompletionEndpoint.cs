using Microsoft.AspNetCore.Http;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Sessions;
using Vigil.Turns;

namespace Vigil.Gateway.OpenAi;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
internal static class ChatCompletionEndpoint
{
    public const string RunHeader = "X-Vigil-Run";

    public static async Task CreateAsync(HttpContext context, AgentChoice choice, ChatTurns turns, ISessionStore sessions, Answering answering, TimeProvider time, CancellationToken cancellationToken)
    {
        var headers = VigilHeaders.Read(context.Request);
        var body = await Body.ReadAsync(context.Request, cancellationToken);
        var conversation = Conversation.Read(body.Root["messages"]);
        var options = TurnOptions.OfCompletion(body.Root);
        var stream = body.Root["stream"].Flag() ?? false;
        var withUsage = body.Root["stream_options"]["include_usage"].Flag() ?? false;
        var caller = Caller.Of(context);
        RequireModel(caller, headers.Model);
        var model = body.Root["model"].Text();
        var chosen = await choice.ChooseAsync(model, headers, caller, null, cancellationToken);
        var request = new ChatRequest
        {
            Agent = chosen.Agent,
            AgentDecidedBy = chosen.DecidedBy,
            Session = chosen.Session,
            RunId = NewId.Run(time),
            Key = caller.Family,
            Input = await InputAsync(conversation, chosen.Session, sessions, cancellationToken),
            Model = headers.Model,
            Instructions = conversation.Instructions,
            Options = options.Options,
            CallerTools = options.Tools,
        };
        var answer = new ChatCompletion(turns, request, chosen, stream, withUsage, time.GetUtcNow(), HeadersOf(request, headers));
        await answering.AnswerAsync(context, answer, headers, model ?? "", body.Hash);
    }

    /// <summary>A conversation that is remembered here has its history here: of what the caller sends only the newest counts, save at its beginning.</summary>
    public static async Task<IReadOnlyList<Microsoft.Extensions.AI.ChatMessage>> InputAsync(Conversation conversation, SessionKey? session, ISessionStore sessions, CancellationToken cancellationToken)
    {
        if (session is not { } key)
            return conversation.Messages;
        // Who sends the newest alone, as one does who relies on the session, needs no look into the store.
        var newest = conversation.Newest;
        return newest.Count < conversation.Messages.Count && await sessions.GetAsync(key, cancellationToken) is { Messages: > 0 } ? newest : conversation.Messages;
    }

    public static IReadOnlyDictionary<string, string> HeadersOf(ChatRequest request, VigilHeaders headers)
    {
        var sent = new Dictionary<string, string> { [RunHeader] = request.RunId! };
        if (headers.SessionId is { } session)
            sent[VigilHeaders.SessionIdName] = session;
        return sent;
    }

    /// <exception cref="FaultException">The key may not name this model.</exception>
    public static void RequireModel(Caller caller, string? model)
    {
        if (model is not null && caller.Models is { } allowed && !allowed.Contains(model))
        {
            throw new FaultException(new Fault(
                "model_not_allowed", $"This key may not name the model '{model}'.", $"It may name: {string.Join(", ", allowed)}.", VigilHeaders.ModelName) { Kind = FaultKind.Forbidden });
        }
    }
}
