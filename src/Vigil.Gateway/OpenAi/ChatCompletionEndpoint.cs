using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
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

    // Reaches over the results of the agent's own tools, which may be long, to the reply that called the caller's.
    private const int TailForCalls = 400_000;

    public static async Task CreateAsync(HttpContext context, AgentChoice choice, ChatTurns turns, ISessionStore sessions, Answering answering, TimeProvider time, CancellationToken cancellationToken)
    {
        var headers = VigilHeaders.Read(context.Request);
        var body = await Body.ReadAsync(context.Request, cancellationToken);
        var conversation = Conversation.Read(body.Root["messages"]);
        var options = TurnOptions.OfCompletion(body.Root);
        var stream = body.Root["stream"].Flag() ?? false;
        var streaming = body.Root["stream_options"];
        var withUsage = streaming.IsAbsent || streaming.IsObject ? streaming["include_usage"].Flag() ?? false : throw streaming.Bad("is no object", "Send { \"include_usage\": true }, or leave it out.");
        var caller = Caller.Of(context);
        caller.RequireModel(headers.Model, VigilHeaders.ModelName);
        var model = body.Root["model"].Text();
        var chosen = await choice.ChooseAsync(model, headers, caller, null, cancellationToken);
        var request = new ChatRequest
        {
            Agent = chosen.Agent,
            AgentDecidedBy = chosen.DecidedBy,
            Session = chosen.Session,
            RunId = NewId.Run(time),
            Key = caller.Family,
            Input = await InputAsync(body.Root["messages"], conversation, chosen.Session, [], sessions, cancellationToken),
            Model = headers.Model,
            Instructions = conversation.Instructions,
            Options = options.Options,
            CallerTools = options.Tools,
        };
        var answer = new ChatCompletion(turns, request, chosen, stream, withUsage, time.GetUtcNow(), HeadersOf(request, headers));
        await answering.AnswerAsync(context, answer, headers, model ?? "", body.Hash);
    }

    /// <summary>A conversation that is remembered here has its history here: of what the caller sends only the newest counts, save at its beginning.</summary>
    /// <param name="earlier">What comes before it when it has no session.</param>
    /// <exception cref="FaultException">It begins with the result of a tool that nobody called.</exception>
    public static async Task<IReadOnlyList<ChatMessage>> InputAsync(Field where, Conversation conversation, SessionKey? session, IReadOnlyList<ChatMessage> earlier, ISessionStore sessions,
        CancellationToken cancellationToken)
    {
        if (session is not { } key)
        {
            Conversation.RequireCalls(where, conversation.Messages, earlier);
            return conversation.Messages;
        }
        // Who sends the newest alone, as one does who relies on the session, needs no look into the store.
        var newest = conversation.Newest;
        var input = newest.Count < conversation.Messages.Count && await sessions.GetAsync(key, cancellationToken) is { Messages: > 0 } ? newest : conversation.Messages;
        if (input[0].Role == ChatRole.Tool)
            Conversation.RequireCalls(where, input, (await sessions.TailAsync(key, TailForCalls, cancellationToken)).Messages.Select(message => message.Message));
        return input;
    }

    public static IReadOnlyDictionary<string, string> HeadersOf(ChatRequest request, VigilHeaders headers)
    {
        var sent = new Dictionary<string, string> { [RunHeader] = request.RunId! };
        if (headers.SessionId is { } session)
            sent[VigilHeaders.SessionIdName] = session;
        return sent;
    }
}
