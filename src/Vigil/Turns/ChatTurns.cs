using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Models;
using Vigil.Routing;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Tools;

namespace Vigil.Turns;

/// <summary>A person's message, or a client's request, to one agent.</summary>
public sealed record ChatRequest
{
    public required AgentId Agent { get; init; }

    /// <summary>Who chose that agent, in a few words, for <c>vigil why</c>: <c>the caller</c>, <c>the default</c>, <c>route 3 { platform: api }</c>.</summary>
    public string AgentDecidedBy { get; init; } = RouteResult.Caller;

    /// <summary>Null: nothing is remembered, the history is what <see cref="Input"/> holds.</summary>
    public SessionKey? Session { get; init; }

    public required IReadOnlyList<ChatMessage> Input { get; init; }

    /// <summary>For this turn alone.</summary>
    public string? Model { get; init; }

    public string? Instructions { get; init; }

    public ChatOptions? Options { get; init; }

    public IReadOnlyList<AIFunctionDeclaration> CallerTools { get; init; } = [];

    public TimeSpan? Deadline { get; init; }

    /// <summary>The API key that asked, by its family; null for whoever is in the house.</summary>
    public string? Key { get; init; }

    /// <summary>The end is an event, so that whoever has the conversation before him sees it: for what people say, not for the many turns of programs.</summary>
    public bool Announce { get; init; }

    /// <summary>The id of the run, for a caller that tells it before the turn begins; null makes one.</summary>
    public string? RunId { get; init; }
}

/// <summary>How a turn with a person came out, and the run that its ledger rows and events carry.</summary>
public sealed record ChatAnswer(string RunId, TurnResult Turn);

/// <summary>A turn whose words are stored: they survive whatever happens to the turn.</summary>
/// <param name="Answer">Ends with the turn; the caller must await it.</param>
public sealed record BegunTurn(Task<ChatAnswer> Answer);

/// <summary>Chat: the same turn as work, run at once on the node that got the message.</summary>
public sealed class ChatTurns
{
    private const string Failed = "[This turn failed before it was finished.]";
    private const string Stopped = "[This turn was stopped by the person.]";

    private readonly IAgentRegistry _agents;
    private readonly TurnRunner _turns;
    private readonly ToolCatalog _tools;
    private readonly IRunStore _runs;
    private readonly SessionGate _gate;
    private readonly Compactor _compactor;
    private readonly NodeName _node;
    private readonly TimeProvider _time;

    internal ChatTurns(IAgentRegistry agents, TurnRunner turns, ToolCatalog tools, IRunStore runs, SessionGate gate, Compactor compactor, NodeName node, TimeProvider time)
    {
        _agents = agents;
        _turns = turns;
        _tools = tools;
        _runs = runs;
        _gate = gate;
        _compactor = compactor;
        _node = node;
        _time = time;
    }

    /// <exception cref="FaultException">Unknown or broken agent, no or unknown model. Failures of the model are in the answer.</exception>
    public async Task<ChatAnswer> RunAsync(ChatRequest request, ITurnObserver observer, CancellationToken cancellationToken)
    {
        var entry = await EnterAsync(request, cancellationToken);
        return await AnswerAsync(request, entry, observer, cancellationToken);
    }

    /// <summary>Comes back as soon as what was said is stored, which is when it is its turn in the session; the turn itself goes on.</summary>
    /// <param name="running">Stops the turn.</param>
    /// <param name="cancellationToken">Stops the wait for the begin.</param>
    /// <exception cref="FaultException">Unknown or broken agent, no or unknown model.</exception>
    public async Task<BegunTurn> BeginAsync(ChatRequest request, ITurnObserver observer, CancellationToken running, CancellationToken cancellationToken)
    {
        var entry = await EnterAsync(request, cancellationToken);
        if (entry.Hold is { } hold)
            await KeptAsync(hold);
        return new BegunTurn(AnswerAsync(request, entry, observer, running));
    }

    private static async Task KeptAsync(SessionHold hold)
    {
        try
        {
            await hold.OnDisk;
        }
        catch
        {
            await hold.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for its turn in the session and begins the run.</summary>
    private async Task<Entry> EnterAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        var profile = _agents.Find(request.Agent).Required();
        var choice = ModelChooser.Choose(profile, request.Model, null) ?? throw new FaultException(NoModel(profile.Id));
        if (request.Session is { } named && named.Agent != profile.Id)
            throw new FaultException(new Fault("session_of_another_agent", $"The session '{named}' belongs to agent {named.Agent}.", null, "session"));
        var id = request.RunId ?? NewId.Run(_time);
        var stateless = SessionKey.For(profile.Id, "api", id);
        await RefuseTakenNamesAsync(request, new RunContext { Profile = profile, Session = request.Session ?? stateless, RunId = id, Source = "chat" }, cancellationToken);
        var start = Start(request, profile, choice, id, request.Session ?? stateless);
        if (request.Session is null)
        {
            await _runs.BeginAsync(start, null, cancellationToken);
            return new Entry(profile, choice, start, null);
        }
        return new Entry(profile, choice, start, await _gate.EnterAsync(start, FreshBy(request, profile), cancellationToken));
    }

    private async Task<ChatAnswer> AnswerAsync(ChatRequest request, Entry entry, ITurnObserver observer, CancellationToken cancellationToken)
    {
        var start = entry.Start;
        if (entry.Hold is not { } hold)
            return new ChatAnswer(start.Id, await TurnAsync(request, entry, observer, cancellationToken));
        TurnResult result;
        await using (hold)
        {
            result = await TurnAsync(request, entry, hold.OnDisk.IsCompletedSuccessfully ? observer : new KeptFirst(observer, hold.OnDisk), cancellationToken);
            hold.IsLeft = true;
        }
        if (result.WasContextFull)
            _compactor.Start(start.Session, entry.Profile, entry.Choice);
        return new ChatAnswer(start.Id, result);
    }

    /// <summary>Ends the chat runs of processes that died: their sessions get what had happened and a note of the break.</summary>
    public async Task<int> EndAbandonedAsync(IReadOnlyCollection<string> livingNodes, CancellationToken cancellationToken)
    {
        var abandoned = await _runs.AbandonedAsync(livingNodes, cancellationToken);
        foreach (var run in abandoned)
        {
            var usage = run.Steps.Select(step => step.Usage).OfType<TurnUsage>().Aggregate(TurnUsage.None, (sum, step) => sum.Plus(step));
            var remembered = !IsStateless(run.Start);
            // The person wrote when the turn ran, not when somebody found it: quiet after a message and the age of the conversation go by that.
            var at = run.Steps.Count > 0 ? run.Steps[^1].At : run.Start.StartedAt;
            var messages = remembered ? Remember(run.Start, [.. run.Start.Input, .. TurnProgress.MessagesOf(run.Steps, TurnLoop.Interrupted)], "[The gateway stopped before this turn was finished.]", at) : [];
            await _runs.FinishAsync(new ChatEnd(run.Start.Id, "interrupted", usage, run.Start.Session) { Messages = messages }, cancellationToken);
        }
        return abandoned.Count;
    }

    // Before anything is written: a request that is refused is no turn.
    private async Task RefuseTakenNamesAsync(ChatRequest request, RunContext run, CancellationToken cancellationToken)
    {
        if (request.CallerTools.Count == 0)
            return;
        var own = (await _tools.ForAsync(run, null, [], cancellationToken)).Select(tool => tool.Definition.Name).ToHashSet(StringComparer.Ordinal);
        if (request.CallerTools.FirstOrDefault(tool => own.Contains(tool.Name)) is { } taken)
            throw new FaultException(new Fault("tool_name_taken", $"Agent {run.Agent} has a tool named '{taken.Name}' already.", "Give yours another name.", "tools"));
    }

    // The result of a caller's tool goes on with the turn that asked for it, however late it comes: without its call nobody could read it.
    private static Func<DateTimeOffset, FreshStart?>? FreshBy(ChatRequest request, AgentProfile profile)
        => profile.Sessions is { ResetAfterIdle: null, ResetDaily: null } || request.Input.Any(message => message.Role == ChatRole.Tool)
            ? null
            : now => FreshStart.Of(profile.Sessions, profile.Timezone, now);

    private static Fault NoModel(AgentId agent) => new("no_model", $"No model is set for agent {agent}.",
        "Set models.default in vigil.json, or OPENAI_API_KEY, ANTHROPIC_API_KEY or OPENROUTER_API_KEY in the environment.", "model") { Kind = FaultKind.Unavailable };

    private RunStart Start(ChatRequest request, AgentProfile profile, ModelChoice choice, string id, SessionKey session) => new()
    {
        Id = id,
        Journal = id,
        Agent = profile.Id,
        Session = session,
        Source = "chat",
        Node = _node.Value,
        StartedAt = _time.GetUtcNow(),
        ModelAsked = choice.Asked.ToString(),
        DecidedBy = choice.DecidedBy,
        AgentDecidedBy = request.AgentDecidedBy,
        ProfileHash = profile.Hash,
        ProfileJson = ProfileJson.Of(profile),
        Input = request.Input,
    };

    private async Task<TurnResult> TurnAsync(ChatRequest request, Entry entry, ITurnObserver observer, CancellationToken cancellationToken)
    {
        var (profile, choice, start, hold) = entry;
        var remembered = hold is not null;
        var journal = new RunJournal(_runs, start, [], null);
        TurnResult result;
        try
        {
            if (hold?.BegunAnew is { } why)
                await observer.BegunAnewAsync(why);
            result = await _turns.RunAsync(new TurnRequest
            {
                Run = new RunContext { Profile = profile, Session = start.Session, RunId = start.Id, Source = "chat", Key = request.Key },
                Model = choice,
                Input = request.Input,
                Context = remembered ? ContextMode.Main : ContextMode.Isolated,
                Instructions = request.Instructions,
                Options = request.Options,
                CallerTools = request.CallerTools,
                Deadline = request.Deadline,
            }, journal, observer, cancellationToken);
            if (hold is not null)
                await hold.OnDisk;
        }
        catch (Exception)
        {
            await _runs.FinishAsync(new ChatEnd(start.Id, "failed", TurnUsage.None, start.Session)
            {
                LastStep = journal.LastStep,
                Messages = remembered ? Remember(start, request.Input, Failed, _time.GetUtcNow()) : [],
                Events = Done(request, start, "failed"),
            }, CancellationToken.None);
            throw;
        }
        await _runs.FinishAsync(new ChatEnd(start.Id, State(result.End), result.Usage, start.Session)
        {
            LastStep = journal.LastStep,
            Messages = remembered ? Remember(start, result) : [],
            Events = [.. Events(start, result), .. Done(request, start, State(result.End))],
        }, CancellationToken.None);
        return result;
    }

    /// <param name="Hold">Null: nothing is remembered.</param>
    private sealed record Entry(AgentProfile Profile, ModelChoice Choice, RunStart Start, SessionHold? Hold);

    private static string State(TurnEnd end) => end switch
    {
        TurnEnd.Cancelled => "cancelled",
        TurnEnd.Replied or TurnEnd.CallerTools or TurnEnd.EndedByTool => "finished",
        _ => "failed",
    };

    private static bool IsStateless(RunStart start) => start.Session.Value.EndsWith($":api:{start.Id}", StringComparison.Ordinal);

    private IReadOnlyList<NewEvent> Events(RunStart start, TurnResult result)
        => result.Failure is { } failure
            ? [new NewEvent(_time.GetUtcNow(), EventTypes.ChatFailed, "chat", start.Agent.Value, null, NewEvent.Json(new { run = start.Id, kind = failure.Kind.ToString(), error = failure.ToString() }))]
            : [];

    private IReadOnlyList<NewEvent> Done(ChatRequest request, RunStart start, string state)
        => request.Announce ? [new NewEvent(_time.GetUtcNow(), EventTypes.ChatDone, "chat", start.Agent.Value, null, NewEvent.Json(new { run = start.Id, session = start.Session.Value, state }))] : [];

    private IReadOnlyList<NewSessionMessage> Remember(RunStart start, TurnResult result)
    {
        var now = _time.GetUtcNow();
        return result.End switch
        {
            TurnEnd.Replied or TurnEnd.CallerTools or TurnEnd.EndedByTool => Messages(start, result.Messages, now),
            TurnEnd.Cancelled => [.. Messages(start, result.Messages, now), Break(start, Stopped, now)],
            _ => [.. Messages(start, result.Messages, now), Break(start, Failed, now)],
        };
    }

    private static IReadOnlyList<NewSessionMessage> Remember(RunStart start, IReadOnlyList<ChatMessage> input, string note, DateTimeOffset at)
        => [.. Messages(start, input, at), Break(start, note, at)];

    // Reasoning is for the turn that it belongs to; the conversation keeps what was said and done.
    private static List<NewSessionMessage> Messages(RunStart start, IReadOnlyList<ChatMessage> messages, DateTimeOffset at)
        => [.. messages.Where(message => message.Role != ChatRole.System)
            .Select(message => new ChatMessage(message.Role, [.. message.Contents.Where(content => content is not TextReasoningContent)]))
            .Where(message => message.Contents.Count > 0)
            .Select(message => new NewSessionMessage(at, message, MessageKind.Turn, start.Id) { ByPerson = message.Role == ChatRole.User })];

    private static NewSessionMessage Break(RunStart start, string note, DateTimeOffset at)
        => new(at, new ChatMessage(ChatRole.Assistant, note), MessageKind.Break, start.Id);
}
