using Vigil.Settings;
using Vigil.Tools;
using Vigil.Tools.Source;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Notify;

/// <summary>What a turn comes to say, after the output gates.</summary>
/// <param name="Asked">Drafts there were, also those that came to nothing.</param>
/// <param name="SilentReason">Why nothing is said.</param>
/// <param name="FailedReason">Set when silence is a failure: an empty report that was asked for.</param>
internal sealed record SpeechResult(IReadOnlyList<Notification> Notifications, IReadOnlyList<SaidReservation> Reservations, IReadOnlyList<GateVerdict> Verdicts, int Asked,
    string? SilentReason, string? FailedReason)
{
    public static SpeechResult Nothing { get; } = new([], [], [], 0, null, null);
}

/// <summary>
/// Turns intents and replies into notifications. Silence is the default: without a call of <c>notify_user</c>, or a policy that makes the reply the message,
/// nothing is said, whatever the text looks like.
/// </summary>
internal sealed class Speech(IEnumerable<IOutputGate> gates, SaidBook book, Targets targets, TimeProvider time)
{
    private readonly IOutputGate[] _gates = [.. gates.OrderBy(gate => gate.Order).ThenBy(gate => gate.Name, StringComparer.Ordinal)];

    public async ValueTask<SpeechResult> DecideAsync(WorkContext context, TurnResult turn, NotifyPolicy policy, bool failed, CancellationToken cancellationToken)
    {
        if (policy == NotifyPolicy.Silent || Targets.IsNowhere(context.Work))
            return SpeechResult.Nothing;
        var drafts = Drafts(context, turn, policy, failed);
        if (drafts.Count == 0)
            return Nothing(turn, policy, failed, context.Work);

        var notifications = new List<Notification>();
        var reservations = new List<SaidReservation>();
        var verdicts = new List<GateVerdict>();
        var said = new List<NotificationDraft>();
        string? silent = null;
        foreach (var draft in drafts)
        {
            if (Unsayable(draft) is { } reason)
            {
                silent ??= reason;
                verdicts.Add(new GateVerdict(reason, "skip", reason, time.GetUtcNow(), 0));
                continue;
            }
            var (final, decision) = await AskGatesAsync(new OutputContext(context, turn, draft, said), verdicts, cancellationToken);
            var notification = Notification(context.Work, final, decision);
            var repeated = await book.ReserveAsync(notification, final, said.Select(earlier => earlier.Text), time.GetUtcNow(), cancellationToken);
            if (repeated.RepeatOf is { } earlier)
                verdicts.Add(new GateVerdict(Reasons.Duplicate, "skip", Reasons.Duplicate, time.GetUtcNow(), 0, $"repeats {earlier}"));
            notification = repeated.Notification;
            notifications.Add(notification);
            reservations.AddRange(repeated.Reservations);
            if (notification.State == NotificationState.Suppressed)
                silent ??= notification.Reason;
            else
                said.Add(final);
        }
        return new SpeechResult(notifications, reservations, verdicts, drafts.Count, silent, null);
    }

    private static SpeechResult Nothing(TurnResult turn, NotifyPolicy policy, bool failed, AgentWork work)
    {
        var empty = string.IsNullOrWhiteSpace(turn.Text);
        if (failed || !empty)
            return SpeechResult.Nothing with { SilentReason = Reasons.Ack };
        return policy == NotifyPolicy.Always
            ? SpeechResult.Nothing with { FailedReason = Reasons.Empty }
            : SpeechResult.Nothing with { SilentReason = work.Source is WorkSources.Heartbeat or WorkSources.Wake ? Reasons.Ack : Reasons.Empty };
    }

    private List<NotificationDraft> Drafts(WorkContext context, TurnResult turn, NotifyPolicy policy, bool failed)
    {
        var to = targets.Resolve(context.Work);
        var called = turn.Intents.Where(intent => intent.Kind == IntentKinds.Notify).Select(intent => Draft(intent, to)).ToList();
        if (called.Count > 0 || policy != NotifyPolicy.Always || failed)
            return called;
        return string.IsNullOrWhiteSpace(turn.Text) || ProtocolText.IsSilenceToken(turn.Text)
            ? []
            : [new NotificationDraft(turn.Text, Urgency.Normal, null) { AskedFor = true, Targets = to }];
    }

    private static NotificationDraft Draft(ToolIntent intent, IReadOnlyList<string> targets)
    {
        var notify = SourceTools.ReadNotify(intent);
        return new NotificationDraft(notify.Text, notify.Urgency, notify.Topic) { Targets = targets };
    }

    private static string? Unsayable(NotificationDraft draft)
        => string.IsNullOrWhiteSpace(draft.Text) ? Reasons.Empty : ProtocolText.IsSilenceToken(draft.Text) ? Reasons.Ack : null;

    private async Task<(NotificationDraft Draft, GateDecision Decision)> AskGatesAsync(OutputContext context, List<GateVerdict> verdicts, CancellationToken cancellationToken)
    {
        GateDecision decision = GateDecision.Pass;
        foreach (var gate in _gates)
        {
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
            verdicts.Add(GateLine.Verdict(gate.Name, word, time.GetUtcNow(), time.GetElapsedTime(started)));
            switch (word)
            {
                case GateDecision.Skip:
                    return (context.Draft, word);
                case GateDecision.Defer when decision is not GateDecision.Defer:
                    decision = word;
                    break;
                case GateDecision.Rewrite rewrite:
                    context = context with { Draft = context.Draft with { Text = rewrite.Text } };
                    break;
                default:
                    break;
            }
        }
        return (context.Draft, decision);
    }

    private Notification Notification(AgentWork work, NotificationDraft draft, GateDecision decision)
    {
        var now = time.GetUtcNow();
        var id = NewId.Notification(time);
        var held = decision as GateDecision.Defer;
        var skip = decision as GateDecision.Skip;
        return new Notification
        {
            Id = id,
            Agent = work.Agent,
            WorkId = work.Id,
            Source = work.Source,
            Text = draft.Text,
            Urgency = draft.Urgency,
            Topic = draft.Topic,
            State = skip is not null ? NotificationState.Suppressed : held is not null ? NotificationState.Held : NotificationState.Posted,
            Reason = skip?.Reason ?? held?.Reason,
            HeldUntil = held?.Until,
            CreatedAt = now,
            AskedFor = draft.AskedFor,
            Deliveries = skip is not null ? [] : [.. draft.Targets.Select(target => new Delivery
            {
                Id = NewId.Delivery(time),
                NotificationId = id,
                Agent = work.Agent,
                Target = target,
                State = held is null ? DeliveryState.Waiting : DeliveryState.Held,
                // The digest is the delivery of what the nag limit holds; only quiet hours end by themselves.
                NextAt = held is null ? now : held.Reason == Reasons.NagLimit ? null : held.Until,
                At = now,
            })],
        };
    }
}
