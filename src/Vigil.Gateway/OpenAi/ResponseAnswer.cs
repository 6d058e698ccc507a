using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Api;
using Vigil.Errors;
using Vigil.Turns;

namespace Vigil.Gateway.OpenAi;

/// <summary>One response: what is asked, how it is told, and where it is kept.</summary>
internal sealed record ResponseTurn
{
    public required string Id { get; init; }

    public required ChatRequest Request { get; init; }

    public required ResponseShape Shape { get; init; }

    public required ChosenAgent Chosen { get; init; }

    public required DateTimeOffset Now { get; init; }

    public string? Previous { get; init; }

    /// <summary>How many messages of the input came before this response: they are kept with the earlier ones.</summary>
    public int Earlier { get; init; }

    public bool Store { get; init; }
}

/// <summary>Runs a response, whole or as a stream of typed events.</summary>
internal sealed class ResponseAnswer(ChatTurns turns, IResponses responses, ResponseTurn response, bool stream, IReadOnlyDictionary<string, string> headers) : IAnswer
{
    public bool IsStream => stream;

    public AgentId Agent => response.Chosen.Agent;

    public IReadOnlyDictionary<string, string> Headers => headers;

    public async Task<Fault?> RunAsync(IAnswerSink sink, CancellationToken cancellationToken)
    {
        var events = new ResponseEvents(response, stream ? sink : null);
        await events.BeginAsync();
        Fault? fault;
        TurnResult? turn = null;
        try
        {
            turn = (await TurnCall.RunAsync(turns, response.Request, events, cancellationToken)).Turn;
            fault = TurnCall.FaultOf(response.Request, turn);
        }
        catch (FaultException refused)
        {
            fault = refused.Fault;
        }
        cancellationToken.ThrowIfCancellationRequested();
        if (fault is not null)
        {
            await events.FailAsync(fault);
            return fault;
        }
        var ended = await events.CompleteAsync(turn!);
        var json = ended.ToJsonString(ApiJson.Options);
        // Kept before it is told: who has the id may go on from it at once.
        if (response.Store)
            await responses.AddAsync(new StoredResponse(response.Id, response.Chosen.Agent, response.Chosen.Session, response.Previous, response.Now, [.. turn!.Messages.Skip(response.Earlier)], json), cancellationToken);
        await (stream ? events.TellEndAsync(ended) : sink.SendAsync(new AnswerFrame(null, json)));
        return null;
    }
}

/// <summary>The events of a response in their order. Every item that was begun is ended, also when the turn fails.</summary>
internal sealed class ResponseEvents(ResponseTurn response, IAnswerSink? sink) : ITurnObserver
{
    private readonly System.Text.StringBuilder _text = new();
    private readonly JsonArray _output = [];
    private readonly string _message = "msg_" + response.Id;
    private int _sequence;
    private bool _open;
    private bool _newParagraph;

    public async ValueTask BeginAsync()
    {
        await SendAsync("response.created", new JsonObject { ["response"] = response.Shape.Begun() });
        await SendAsync("response.in_progress", new JsonObject { ["response"] = response.Shape.Begun() }, isFollowed: false);
    }

    public async ValueTask TextAsync(string text)
    {
        if (_newParagraph && _text.Length > 0)
            text = "\n\n" + text;
        _newParagraph = false;
        if (!_open)
        {
            _open = true;
            await SendAsync("response.output_item.added", new JsonObject { ["output_index"] = 0, ["item"] = ResponseShape.Message(_message, "in_progress", null) });
            await SendAsync("response.content_part.added", Place(new JsonObject { ["part"] = ResponseShape.Part("") }));
        }
        _text.Append(text);
        await SendAsync("response.output_text.delta", Place(new JsonObject { ["delta"] = text, ["logprobs"] = new JsonArray() }), isFollowed: false);
    }

    public ValueTask ToolStartedAsync(string name, string summary)
    {
        _newParagraph = true;
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends every item; what is left is to tell the end.</summary>
    public async ValueTask<JsonObject> CompleteAsync(TurnResult turn)
    {
        var calls = TurnCall.Calls(response.Request, turn);
        if (_text.Length == 0 && (TurnCall.Text(response.Request, turn) is { Length: > 0 } || calls.Count == 0))
            await TextAsync(TurnCall.Text(response.Request, turn));
        await CloseMessageAsync("completed");
        foreach (var call in calls)
        {
            var (item, index, arguments) = ($"fc_{response.Id}_{_output.Count}", _output.Count, TurnCall.Arguments(call));
            await SendAsync("response.output_item.added", new JsonObject { ["output_index"] = index, ["item"] = ResponseShape.Call(item, "in_progress", call, "") });
            await SendAsync("response.function_call_arguments.delta", new JsonObject { ["item_id"] = item, ["output_index"] = index, ["delta"] = arguments });
            await SendAsync("response.function_call_arguments.done", new JsonObject { ["item_id"] = item, ["output_index"] = index, ["name"] = call.Name, ["arguments"] = arguments });
            _output.Add((JsonNode)ResponseShape.Call(item, "completed", call, arguments));
            await SendAsync("response.output_item.done", new JsonObject { ["output_index"] = index, ["item"] = _output[index]!.DeepClone() });
        }
        return response.Shape.Ended(turn, _output);
    }

    public ValueTask TellEndAsync(JsonObject ended)
        => SendAsync((string)ended["status"]! == "completed" ? "response.completed" : "response.incomplete", new JsonObject { ["response"] = ended });

    public async ValueTask FailAsync(Fault fault)
    {
        await CloseMessageAsync("incomplete");
        await SendAsync("response.failed", new JsonObject { ["response"] = response.Shape.Failed(fault, _output) });
    }

    private async ValueTask CloseMessageAsync(string status)
    {
        if (!_open)
            return;
        var text = _text.ToString();
        _output.Add((JsonNode)ResponseShape.Message(_message, status, text));
        await SendAsync("response.output_text.done", Place(new JsonObject { ["text"] = text, ["logprobs"] = new JsonArray() }));
        await SendAsync("response.content_part.done", Place(new JsonObject { ["part"] = ResponseShape.Part(text) }));
        await SendAsync("response.output_item.done", new JsonObject { ["output_index"] = 0, ["item"] = _output[0]!.DeepClone() });
    }

    private JsonObject Place(JsonObject data)
    {
        data["item_id"] = _message;
        data["output_index"] = 0;
        data["content_index"] = 0;
        return data;
    }

    // Only these two are followed by something that takes its time: the begin and each piece of text.
    private async ValueTask SendAsync(string type, JsonObject data, bool isFollowed = true)
    {
        if (sink is null)
            return;
        data.Insert(0, "type", type);
        data.Insert(1, "sequence_number", _sequence++);
        await sink.SendAsync(new AnswerFrame(type, data.ToJsonString(ApiJson.Options)) { IsFollowed = isFollowed });
    }
}
