using System.Text;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Ledger;
using Vigil.State;
using Vigil.Tools;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>How often a day the cheap model handed over.</summary>
internal sealed record EscalationCount(string Day, int Count);

/// <summary>Handing a beat over to the stronger model: at most once a work, and so many times a day.</summary>
internal sealed class Escalations(IStateStore store)
{
    private const int ResultLength = 4_000;

    public async Task<bool> AreLeftAsync(AgentProfile profile, DateTimeOffset now, CancellationToken cancellationToken)
        => profile.Heartbeat.Escalate is not null && await TodayAsync(profile, now, cancellationToken) < profile.Heartbeat.EscalatePerDay;

    /// <summary>Counts the handover of a finished work, if there was one.</summary>
    public async Task<StateChange?> CountAsync(AgentProfile profile, TurnResult turn, DateTimeOffset now, CancellationToken cancellationToken)
        => turn.Intents.Any(intent => intent.Kind == IntentKinds.Escalate)
            ? BeatState.Change(profile.Id, BeatState.Area, BeatState.EscalationsKey,
                new EscalationCount(LedgerClerk.Day(now, profile.Timezone), await TodayAsync(profile, now, cancellationToken) + 1))
            : null;

    public Handover HandOver(string model, TurnResult turn, string reason)
    {
        var beat = turn.Messages.FirstOrDefault(message => message.Role == ChatRole.User)?.Text ?? "";
        var found = new StringBuilder();
        foreach (var content in turn.Messages.SkipWhile(message => message.Role == ChatRole.User).SelectMany(message => message.Contents))
        {
            var text = content switch
            {
                TextContent said => said.Text,
                FunctionCallContent call when call.Name != "escalate" => $"[called {call.Name}]",
                FunctionResultContent result when !IsEscalation(turn, result) => result.Result?.ToString(),
                _ => null,
            };
            if (string.IsNullOrWhiteSpace(text))
                continue;
            found.Append(text.Length <= ResultLength ? text : string.Concat(text.AsSpan(0, ResultLength), "…")).Append('\n');
        }
        return new Handover(model, [new ChatMessage(ChatRole.User, BeatPrompt.AfterEscalation(beat, reason, found.ToString().TrimEnd()))]);
    }

    private static bool IsEscalation(TurnResult turn, FunctionResultContent result)
        => turn.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().Any(call => call.CallId == result.CallId && call.Name == "escalate");

    private async Task<int> TodayAsync(AgentProfile profile, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var count = await store.ReadAsync<EscalationCount>(profile.Id, BeatState.EscalationsKey, cancellationToken);
        return count?.Day == LedgerClerk.Day(now, profile.Timezone) ? count.Count : 0;
    }
}
