using Microsoft.Extensions.AI;
using Vigil.Tools;

namespace Vigil.Turns;

/// <summary>Where one turn stands: its steps and the messages they make. The loop is its only writer.</summary>
internal sealed class TurnProgress
{
    private readonly TurnPlan _plan;
    private readonly List<TurnStep> _steps = [];
    private readonly List<string> _unfinished = [];
    private IReadOnlyList<ChatMessage> _prefix;

    public TurnProgress(TurnPlan plan, IReadOnlyList<TurnStep> finished)
    {
        _plan = plan;
        _prefix = plan.Prefix;
        foreach (var step in finished)
            Add(step);
    }

    public bool Shrunk { get; private set; }

    public int Replies { get; private set; }

    public bool EndedByTool { get; private set; }

    public ChatMessage? LastReply { get; private set; }

    public ChatFinishReason? LastFinish { get; set; }

    public List<ChatMessage> Messages => [.. _prefix, .. TurnMessages(complete: false)];

    public int NextNumber() => _steps.Count == 0 ? 1 : _steps.Max(step => step.Number) + 1;

    public void Add(TurnStep step)
    {
        _steps.Add(step);
        EndedByTool |= step.EndsTurn;
        if (step.Kind != StepKind.Reply)
            return;
        Replies++;
        _unfinished.Clear();
        LastReply = step.Message;
        EndedByTool = false;
    }

    /// <summary>Words of a reply that is on its way. Should it be cut off, they were said all the same.</summary>
    public void Hear(string text) => _unfinished.Add(text);

    public void ReplacePrefix(IReadOnlyList<ChatMessage> shorter)
    {
        Shrunk = true;
        _prefix = shorter;
    }

    /// <summary>The reply with calls that no other call of the turn shares its id with: some servers count anew in each reply, and a result is found by the id alone.</summary>
    public ChatMessage WithOwnIds(ChatMessage reply, Func<string> newId)
    {
        HashSet<string>? taken = null;
        for (var i = 0; i < reply.Contents.Count; i++)
        {
            if (reply.Contents[i] is not FunctionCallContent call)
                continue;
            taken ??= [.. _steps.Where(step => step.Kind == StepKind.Reply).SelectMany(step => step.Message.Contents.OfType<FunctionCallContent>()).Select(earlier => earlier.CallId)];
            if (!taken.Add(call.CallId))
                reply.Contents[i] = new FunctionCallContent(newId(), call.Name, call.Arguments) { Exception = call.Exception, AdditionalProperties = call.AdditionalProperties };
        }
        return reply;
    }

    public List<FunctionCallContent> OpenCalls(ChatMessage reply)
    {
        var answered = _steps.Where(step => step.CallId is not null).Select(step => step.CallId).ToHashSet();
        return [.. reply.Contents.OfType<FunctionCallContent>().Where(call => !answered.Contains(call.CallId))];
    }

    public TurnResult Result(TurnEnd end) => new()
    {
        End = end,
        Text = LastReply?.Text ?? "",
        Finish = LastFinish,
        Messages = [.. _plan.Request.Input, .. TurnMessages(complete: end != TurnEnd.CallerTools), .. Unfinished()],
        Intents = [.. _steps.OrderBy(step => step.Number).Select(step => step.Intent).OfType<ToolIntent>()],
        Usage = _steps.Select(step => step.Usage).OfType<TurnUsage>().Aggregate(
            new TurnUsage { ModelAsked = _plan.Request.Model.Asked.ToString(), DecidedBy = _plan.Request.Model.DecidedBy },
            (sum, usage) => sum.Plus(usage)),
    };

    /// <summary>Replies with the results of their calls, in the order of the calls, however they finished.</summary>
    /// <param name="missing">Stands for the result of a call that has none, so that the history is legal; null leaves the call open.</param>
    public static IEnumerable<ChatMessage> MessagesOf(IReadOnlyList<TurnStep> steps, string? missing)
    {
        var results = steps.Where(step => step.CallId is not null).ToDictionary(step => step.CallId!, step => step.Message);
        foreach (var step in steps.Where(step => step.Kind == StepKind.Reply).OrderBy(step => step.Number))
        {
            yield return step.Message;
            foreach (var call in step.Message.Contents.OfType<FunctionCallContent>())
            {
                if (results.TryGetValue(call.CallId, out var result))
                    yield return result;
                else if (missing is not null)
                    yield return new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, missing)]);
            }
        }
    }

    private IEnumerable<ChatMessage> TurnMessages(bool complete) => MessagesOf(_steps, complete ? "Not run: the turn ended before." : null);

    private IEnumerable<ChatMessage> Unfinished()
        => string.Concat(_unfinished) is { Length: > 0 } said ? [new ChatMessage(ChatRole.Assistant, said)] : [];
}
