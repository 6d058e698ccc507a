using System.Globalization;
using Vigil.Notify;
using Vigil.Turns;

namespace Vigil.Work;

/// <summary>One line of an explanation.</summary>
/// <param name="Part">trigger, agent, gate, run, model, outcome, said or delivery.</param>
public sealed record WhyLine(string Part, DateTimeOffset? At, string Text);

/// <summary>Why a work ended as it did, in plain words: from its trigger over each gate's verdict to what became of each delivery.</summary>
public sealed class Why(IWorkStore works, IRunStore runs, INotificationStore notifications)
{
    private const string Pass = "pass";

    /// <summary>Null when there is no such work.</summary>
    public async Task<IReadOnlyList<WhyLine>?> OfWorkAsync(string id, CancellationToken cancellationToken)
    {
        if (await works.GetAsync(id, cancellationToken) is not { } work)
            return null;
        var lines = new List<WhyLine> { new("trigger", work.CreatedAt, Trigger(work)) };
        lines.AddRange(Gates(work.Gates));
        var records = await runs.OfWorkAsync(id, cancellationToken);
        foreach (var run in records)
            lines.Add(new WhyLine("run", run.Start.StartedAt, Run(run)));
        if (work.Usage.ModelCalls > 0)
            lines.Add(new WhyLine("model", work.FinishedAt, Model(work.Usage, records)));
        lines.Add(new WhyLine("outcome", work.FinishedAt, OutcomeOf(work)));
        foreach (var notification in work.Notifications)
        {
            if (await notifications.GetAsync(notification, cancellationToken) is { } said)
                lines.AddRange(Said(said));
        }
        return lines;
    }

    /// <summary>The same of a chat turn; null when there is no such run. An attempt of a work is told with its work.</summary>
    public async Task<(RunStart Run, IReadOnlyList<WhyLine> Lines)?> OfRunAsync(string id, CancellationToken cancellationToken)
    {
        if (await runs.GetAsync(id, cancellationToken) is not { } run)
            return null;
        if (run.Start.WorkId is { } work && await OfWorkAsync(work, cancellationToken) is { } told)
            return (run.Start, told);
        List<WhyLine> lines =
        [
            new("trigger", run.Start.StartedAt, $"A message came in {run.Start.Session}."),
            new("agent", run.Start.StartedAt, $"Agent {run.Start.Agent}, chosen by {run.Start.AgentDecidedBy ?? "somebody who was not recorded"}."),
            new("run", run.Start.StartedAt, Run(run)),
        ];
        var usage = run.Steps.Select(step => step.Usage).OfType<TurnUsage>().Aggregate(TurnUsage.None, (sum, step) => sum.Plus(step));
        if (usage.ModelCalls > 0)
            lines.Add(new WhyLine("model", run.FinishedAt, Model(usage, [run])));
        return (run.Start, lines);
    }

    private static string Trigger(AgentWork work)
    {
        var slot = work.Slot is { } at ? $" for its slot at {at:u}" : "";
        var by = work.Origin.Length > 0 ? $" (by {work.Origin})" : "";
        var model = work.Model is { } named ? $"; it names the model {named}" : "";
        return $"{Source(work.Source)} asked agent {work.Agent} for work {work.Id}{slot}{by}{model}.";
    }

    private static string Source(string source) => source switch
    {
        WorkSources.Heartbeat => "A heartbeat",
        WorkSources.Cron => "A schedule",
        WorkSources.Task => "A webhook",
        WorkSources.Wake => "A wake",
        WorkSources.Run => "A caller of the API",
        WorkSources.Subagent => "Another run",
        _ => $"The source {source}",
    };

    /// <summary>Those in a row that let it pass share a line: eleven times the same sentence hides the one that is not.</summary>
    private static IEnumerable<WhyLine> Gates(IReadOnlyList<GateVerdict> gates)
    {
        var passed = new List<string>();
        for (var i = 0; i < gates.Count; i++)
        {
            if (gates[i].Decision != Pass)
            {
                yield return new WhyLine("gate", gates[i].At, Gate(gates[i]));
                continue;
            }
            passed.Add(gates[i].Gate);
            if (i + 1 < gates.Count && gates[i + 1].Decision == Pass)
                continue;
            var names = passed.Count == 1 ? $"gate {passed[0]}" : $"gates {string.Join(", ", passed.SkipLast(1))} and {passed[^1]}";
            yield return new WhyLine("gate", gates[i].At, $"The {names} let it pass.");
            passed.Clear();
        }
    }

    private static string Gate(GateVerdict gate) => gate.Decision switch
    {
        "skip" => $"The gate {gate.Gate} stopped it: {gate.Reason}{Detail(gate)}.",
        "defer" => $"The gate {gate.Gate} put it off: {gate.Reason}{Detail(gate)}.",
        "rewrite" => $"The gate {gate.Gate} changed the words: {gate.Reason}.",
        _ => $"The gate {gate.Gate} said {gate.Decision}: {gate.Reason}{Detail(gate)}.",
    };

    private static string Detail(GateVerdict gate) => gate.Detail is { Length: > 0 } detail ? $" ({detail})" : "";

    private static string Run(RunRecord run)
    {
        var replies = run.Steps.Count(step => step.Kind == StepKind.Reply);
        var tools = run.Steps.Count - replies;
        var which = run.Start.WorkId is null ? "A turn" : $"Attempt {run.Start.Attempt}";
        return $"{which} on {run.Start.Node} asked {run.Start.ModelAsked} (decided by {run.Start.DecidedBy}): {Counted.Of(replies, "reply", "replies")}, {Counted.Of(tools, "tool result")}; {run.State}.";
    }

    private static string Model(TurnUsage usage, IReadOnlyList<RunRecord> records)
    {
        var cost = usage.CostUsd is { } dollars ? dollars.ToString("0.######", CultureInfo.InvariantCulture) + " USD" : "at an unknown price";
        var mismatch = usage switch
        {
            { ModelAsked: { } asked, ModelUsed: { } used } when used.StartsWith(asked, StringComparison.OrdinalIgnoreCase) => "",
            { ModelAsked: not null, ModelUsed: { } other } when records.Any(run => other.StartsWith(run.Start.ModelAsked, StringComparison.OrdinalIgnoreCase)) => ", which it was handed over to",
            { ModelAsked: not null, ModelUsed: not null } => " — not the one that was asked for",
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture, $"Asked {usage.ModelAsked}, used {usage.ModelUsed}{mismatch}: {Counted.Of(usage.ModelCalls, "call")}, {Counted.Of(usage.InputTokens, "token")} in ({usage.CachedInputTokens:N0} cached), {usage.OutputTokens:N0} out, {cost}.");
    }

    private static string OutcomeOf(AgentWork work)
    {
        if (work.Outcome is not { } outcome)
            return work.State == WorkState.Running ? $"It is running (attempt {work.Attempt})." : $"It is waiting until {work.DueAt:u}.";
        var reason = work.Reason is { } known ? $", reason {known}" : "";
        var error = work.Error is { } problem ? $": {problem}" : ".";
        return outcome switch
        {
            Outcome.Spoke => "It spoke.",
            Outcome.Answered => "It answered whoever asked; nothing was posted.",
            Outcome.Silent => $"It stayed silent{reason}.",
            Outcome.Skipped => $"It was skipped before any model was asked{reason}.",
            Outcome.Cancelled => $"It was cancelled{reason}.",
            _ => $"It failed{reason}{error}",
        };
    }

    private static IEnumerable<WhyLine> Said(Notification said)
    {
        var state = said.State switch
        {
            NotificationState.Held => $"held until {said.HeldUntil:u} ({said.Reason})",
            NotificationState.Suppressed => $"kept back ({said.Reason}){(said.RepeatOf is { } earlier ? $": it repeats {earlier}" : "")}",
            _ => "posted to the inbox",
        };
        yield return new WhyLine("said", said.CreatedAt, $"Notification {said.Id}, {said.Urgency.ToString().ToLowerInvariant()}: {state}. “{said.Text}”");
        foreach (var delivery in said.Deliveries)
        {
            var error = delivery.Error is { } problem ? $" ({problem})" : "";
            yield return new WhyLine("delivery", delivery.At, $"To {delivery.Target}: {delivery.State.ToString().ToLowerInvariant()} after {Counted.Of(delivery.Attempts, "try", "tries")}{error}.");
        }
    }
}
