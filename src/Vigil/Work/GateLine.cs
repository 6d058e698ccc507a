namespace Vigil.Work;

/// <summary>What the line of gates said: the deciding word and every verdict that was reached.</summary>
internal sealed record LineVerdict(GateDecision Decision, IReadOnlyList<GateVerdict> Verdicts);

/// <summary>Asks the input gates in their declared order; the first that does not pass decides.</summary>
internal sealed class GateLine(IEnumerable<IInputGate> gates, TimeProvider time)
{
    private readonly IInputGate[] _gates = [.. gates.OrderBy(gate => gate.Order).ThenBy(gate => gate.Name, StringComparer.Ordinal)];

    public async Task<LineVerdict> DecideAsync(WorkContext context, CancellationToken cancellationToken)
    {
        var verdicts = new List<GateVerdict>(_gates.Length);
        GateDecision decision = GateDecision.Pass;
        foreach (var gate in _gates)
        {
            if (!gate.AppliesTo(context.Work))
                continue;
            var started = time.GetTimestamp();
            GateDecision word;
            try
            {
                word = await gate.DecideAsync(context, cancellationToken);
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                throw new PartFailedException($"gate {gate.Name}", failed);
            }
            verdicts.Add(Verdict(gate.Name, word, time.GetUtcNow(), time.GetElapsedTime(started)));
            if (word is GateDecision.Skip or GateDecision.Defer)
                return new LineVerdict(word, verdicts);
            if (word is GateDecision.Rewrite rewrite)
            {
                decision = word;
                context = context with { Work = context.Work with { Prompt = rewrite.Text } };
            }
        }
        return new LineVerdict(decision, verdicts);
    }

    public static GateVerdict Verdict(string gate, GateDecision decision, DateTimeOffset at, TimeSpan took) => decision switch
    {
        GateDecision.Skip skip => new GateVerdict(gate, "skip", skip.Reason, at, took.TotalMilliseconds, skip.Detail),
        GateDecision.Defer defer => new GateVerdict(gate, "defer", defer.Reason, at, took.TotalMilliseconds, defer.Detail ?? $"until {defer.Until:u}"),
        GateDecision.Rewrite rewrite => new GateVerdict(gate, "rewrite", rewrite.Reason, at, took.TotalMilliseconds),
        _ => new GateVerdict(gate, "pass", null, at, took.TotalMilliseconds),
    };
}
