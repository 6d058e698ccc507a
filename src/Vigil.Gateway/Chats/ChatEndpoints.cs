using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Errors;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Streams;
using Vigil.Gateway.Works;
using Vigil.Keys;
using Vigil.Routing;
using Vigil.Settings;
using Vigil.Turns;

namespace Vigil.Gateway.Chats;

/// <summary>What <c>POST /api/chat</c> takes.</summary>
public sealed record ChatBody
{
    /// <summary>Absent: the default agent.</summary>
    public string? Agent { get; init; }

    /// <summary>A key, or a short name of a conversation with that agent; absent means its main one.</summary>
    public string? Session { get; init; }

    public string? Model { get; init; }

    public string? Message { get; init; }
}

/// <summary>The event <c>done</c> that a good answer ends with.</summary>
public sealed record ChatDone(string Run, string Session, string Text, ModelView Model, UsageView Usage);

/// <summary>
/// A person's words to an agent, answered as a stream: <c>anew</c>, <c>text</c>, <c>reasoning</c>, <c>tool</c>, then <c>done</c> or <c>error</c>. What the command line and the
/// dashboard talk to; other clients use <c>/v1</c>.
/// </summary>
internal static class ChatEndpoints
{
    public static void MapChat(this IEndpointRouteBuilder routes)
        => routes.MapPost("/api/chat", ChatAsync).RequireScope(KeyScopes.Chat).WithTags("chat").WithSummary("Say something to an agent; the answer is a stream of events.")
            .Takes<ChatBody>().Produces<ChatDone>(200, "text/event-stream");

    private static async Task ChatAsync(HttpContext context, ChatTurns chats, IAgentRegistry agents, ISettings settings, SpendLimit spend, CancellationToken cancellationToken)
    {
        var body = await StrictJson.ReadAsync<ChatBody>(context.Request, cancellationToken);
        if (string.IsNullOrWhiteSpace(body.Message))
            throw new FaultException(new Fault("message_missing", "The message is missing or blank.", "Say something in \"message\".", "message"));
        var caller = Caller.Of(context);
        var agent = Agent(body.Agent ?? settings.Current.DefaultAgent);
        caller.Require(agent);
        agents.Find(agent).Required();
        caller.RequireModel(body.Model);
        await spend.RequireAsync(caller, agent, cancellationToken);
        var request = new ChatRequest { Agent = agent, AgentDecidedBy = body.Agent is null ? RouteResult.Default : RouteResult.Caller, Key = caller.Family, Session = Session(body.Session, agent), Model = body.Model, Announce = true, Input = [new ChatMessage(ChatRole.User, body.Message)] };
        await SseStream.RunAsync(context, (stream, token) => TurnAsync(context, stream, chats, request, token));
    }

    private static async Task TurnAsync(HttpContext context, SseStream stream, ChatTurns chats, ChatRequest request, CancellationToken cancellationToken)
    {
        var answer = await chats.RunAsync(request, new StreamObserver(stream, cancellationToken), cancellationToken);
        var turn = answer.Turn;
        if (turn.End is TurnEnd.Replied or TurnEnd.EndedByTool)
        {
            var model = new ModelView(turn.Usage.ModelAsked, turn.Usage.ModelUsed, turn.Usage.DecidedBy, false);
            await stream.SendAsync(null, "done", new ChatDone(answer.RunId, request.Session!.Value.Value, turn.Text, model, UsageView.Of(turn.Usage)), WireJson.Options, cancellationToken, isFollowed: true);
            return;
        }
        await stream.SendAsync(null, "error", ErrorAnswer.Body(context, TurnFaults.Of(turn)), WireJson.Options, cancellationToken, isFollowed: true);
    }

    private static AgentId Agent(string name)
        => AgentId.TryParse(name, null, out var agent) ? agent : throw new FaultException(Caller.NoSuchAgent(name));

    internal static SessionKey Session(string? name, AgentId agent)
    {
        if (name is null or "main")
            return SessionKey.Main(agent);
        if (name.StartsWith("agent:", StringComparison.Ordinal))
        {
            return SessionKey.TryParse(name, out var key) && key.Agent == agent
                ? key
                : throw new FaultException(new Fault("session_invalid", $"'{name}' is no session of agent {agent}.", $"A good one is agent:{agent}:main.", "session"));
        }
        try
        {
            return SessionKey.For(agent, "chat", name);
        }
        catch (FormatException invalid)
        {
            throw new FaultException(new Fault("session_invalid", invalid.Message, "Use a short name, for example \"plans\".", "session"), invalid);
        }
    }

    // A reader that has gone is told apart from a turn that failed: its writes throw the cancellation that ends the turn.
    private sealed class StreamObserver(SseStream stream, CancellationToken cancellationToken) : ITurnObserver
    {
        public async ValueTask BegunAnewAsync(string why) => await stream.SendAsync(null, "anew", new { why }, WireJson.Options, cancellationToken);

        public async ValueTask TextAsync(string text) => await stream.SendAsync(null, "text", new { text }, WireJson.Options, cancellationToken);

        public async ValueTask ReasoningAsync(string text) => await stream.SendAsync(null, "reasoning", new { text }, WireJson.Options, cancellationToken);

        public async ValueTask ToolStartedAsync(string name, string summary)
            => await stream.SendAsync(null, "tool", new { name, state = "started", summary }, WireJson.Options, cancellationToken);

        public async ValueTask ToolEndedAsync(string name, bool failed, TimeSpan duration)
            => await stream.SendAsync(null, "tool", new { name, state = failed ? "failed" : "done", ms = Math.Round(duration.TotalMilliseconds, 1) }, WireJson.Options, cancellationToken);
    }
}
