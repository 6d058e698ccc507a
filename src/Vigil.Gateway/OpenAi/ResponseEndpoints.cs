using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Api;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Routing;
using Vigil.Sessions;
using Vigil.Turns;

namespace Vigil.Gateway.OpenAi;

/// <summary><c>/v1/responses</c>.</summary>
internal static class ResponseEndpoints
{
    private static readonly string[] s_unsupported = ["conversation", "background", "prompt", "max_tool_calls", "top_logprobs"];

    public static async Task CreateAsync(HttpContext context, AgentChoice choice, ChatTurns turns, IResponses responses, ISessionStore sessions, Answering answering, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var headers = VigilHeaders.Read(context.Request);
        var body = await Body.ReadAsync(context.Request, cancellationToken);
        var root = body.Root;
        foreach (var name in s_unsupported)
        {
            if (!root[name].IsAbsent && root[name].Value.ValueKind is not System.Text.Json.JsonValueKind.False)
                throw root[name].Unsupported("Leave it out; docs/openai-api.md lists what is served.");
        }
        var conversation = ResponseInput.Read(root["input"], root["instructions"].Text());
        var options = TurnOptions.OfResponse(root);
        var stream = root["stream"].Flag() ?? false;
        var store = root["store"].Flag() ?? true;
        var caller = Caller.Of(context);
        caller.RequireModel(headers.Model, VigilHeaders.ModelName);
        var previous = root["previous_response_id"].Text() is { } id ? await PreviousAsync(id, caller, responses, cancellationToken) : null;
        var model = root["model"].Text();
        var chosen = await choice.ChooseAsync(model, headers, caller, previous?.Agent, cancellationToken);
        if (previous is not null && previous.Agent != chosen.Agent)
            throw Unknown(previous.Id);
        if (previous is not null && chosen.Session is { } session && previous.Session != session)
            throw root["previous_response_id"].Bad("belongs to another conversation than the session of the header", $"Leave out one of the two, or send the {VigilHeaders.SessionIdName} of that response.");

        // A session has the history already; without one the chain of responses is the history.
        IReadOnlyList<ChatMessage> earlier = previous is not null && chosen.Session is null ? await responses.HistoryAsync(previous.Id, cancellationToken) : [];
        var input = await ChatCompletionEndpoint.InputAsync(root["input"], conversation, chosen.Session, earlier, sessions, cancellationToken);
        var now = time.GetUtcNow();
        var request = new ChatRequest
        {
            Agent = chosen.Agent,
            AgentDecidedBy = chosen.DecidedBy,
            Session = chosen.Session,
            RunId = NewId.Run(time),
            Key = caller.Family,
            Input = [.. earlier, .. input],
            Model = headers.Model,
            Instructions = conversation.Instructions,
            Options = options.Options,
            CallerTools = options.Tools,
        };
        var newId = NewId.Make("resp_", time);
        var response = new ResponseTurn
        {
            Id = newId,
            Request = request,
            Shape = new ResponseShape(newId, chosen.Model, now, root, previous?.Id),
            Chosen = chosen,
            Now = now,
            Previous = previous?.Id,
            Earlier = earlier.Count,
            Store = store,
        };
        await answering.AnswerAsync(context, new ResponseAnswer(turns, responses, response, stream, ChatCompletionEndpoint.HeadersOf(request, headers)), headers, model ?? "", body.Hash);
    }

    public static async Task<IResult> ShowAsync(HttpContext context, string id, IResponses responses, CancellationToken cancellationToken)
        => Results.Text((await FindAsync(id, Caller.Of(context), responses, cancellationToken)).Json, "application/json; charset=utf-8");

    public static async Task<IResult> DeleteAsync(HttpContext context, string id, IResponses responses, CancellationToken cancellationToken)
    {
        await FindAsync(id, Caller.Of(context), responses, cancellationToken);
        await responses.DeleteAsync(id, cancellationToken);
        return Results.Json(new JsonObject { ["id"] = id, ["object"] = "response", ["deleted"] = true });
    }

    private static Task<StoredResponse> PreviousAsync(string id, Caller caller, IResponses responses, CancellationToken cancellationToken)
        => FindAsync(id, caller, responses, cancellationToken, "previous_response_id");

    private static async Task<StoredResponse> FindAsync(string id, Caller caller, IResponses responses, CancellationToken cancellationToken, string parameter = "id")
        => await responses.FindAsync(id, cancellationToken) is { } found && caller.MaySee(found.Agent) ? found : throw Unknown(id, parameter);

    private static FaultException Unknown(string id, string parameter = "previous_response_id") => new(new Fault(
        "response_not_found", $"There is no stored response '{id}' of this agent.", "Responses are kept for 30 days, unless 'store' is false; send the history instead.", parameter) { Kind = FaultKind.NotFound });
}
