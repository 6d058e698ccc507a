using Vigil.Agents;
using Vigil.Notify;
using Vigil.Turns;

namespace Vigil.Work;

/// <summary>What a gate decides. No side effects: a gate looks and answers.</summary>
public abstract record GateDecision
{
    private GateDecision()
    {
    }

    public static GateDecision Pass { get; } = new Passed();

    /// <summary>Nothing against it.</summary>
    public sealed record Passed : GateDecision;

    /// <param name="Detail">For people: what was seen.</param>
    public sealed record Skip(string Reason, string? Detail = null) : GateDecision;

    /// <summary>Not now: the work comes again at the instant.</summary>
    public sealed record Defer(DateTimeOffset Until, string Reason, string? Detail = null) : GateDecision;

    /// <summary>Input gate: another prompt. Output gate: other words.</summary>
    public sealed record Rewrite(string Text, string Reason) : GateDecision;
}

/// <summary>Decides before a model is asked whether the work runs now. Gates are asked in <see cref="Order"/>; the first that does not pass decides.</summary>
public interface IInputGate
{
    string Name { get; }

    int Order { get; }

    bool AppliesTo(AgentWork work) => true;

    ValueTask<GateDecision> DecideAsync(WorkContext context, CancellationToken cancellationToken);
}

/// <summary>Decides after the model about one thing that is about to be said.</summary>
public interface IOutputGate
{
    string Name { get; }

    int Order { get; }

    ValueTask<GateDecision> DecideAsync(OutputContext context, CancellationToken cancellationToken);
}

/// <summary>A claimed work and who runs it. Sources may keep what they found out in <see cref="Findings"/> for their prompt.</summary>
public sealed record WorkContext
{
    public required AgentWork Work { get; init; }

    public required AgentProfile Profile { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>What gates found out on their way (due checks, probe changes), for the prompt of the same run.</summary>
    public Dictionary<Type, object> Findings { get; } = [];

    public T? Finding<T>()
        where T : class
        => Findings.TryGetValue(typeof(T), out var value) ? (T)value : null;
}

/// <param name="Said">What the same turn says besides and before it.</param>
public sealed record OutputContext(WorkContext Work, TurnResult Turn, NotificationDraft Draft, IReadOnlyList<NotificationDraft> Said);
