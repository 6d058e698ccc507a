using System.Globalization;
using System.Text;
using NodaTime;
using Vigil.Agents;
using Vigil.Heartbeat.Probes;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Tools;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>
/// The words of a beat. What is the same from beat to beat stands first, so that a provider can cache it; the time is added by the context builder, last of all.
/// </summary>
internal sealed class BeatPrompt(IHeartbeatStore store, INotificationStore notifications, ISettings settings)
{
    private const int SaidAtMost = 5;
    private const int SaidLength = 200;
    private const int FollowUpsAtMost = 8;
    private const int EventLength = 2_000;

    // The rules teach the tools that are offered and no protocol of words: a reply is never shown to the person, whatever it says.
    private const string Rules =
        "Nobody is waiting for an answer, and your reply is not shown to the person. If you find something that is new and worth interrupting them for, call notify_user, once for each "
        + "matter. Otherwise call nothing and end with a few words; that is the usual result. To look at something again at a later time, call follow_up.";

    private const string MayEscalate = " If it needs more judgement than you have, call escalate.";

    public async Task<string> OfSlotAsync(WorkContext context, BeatFindings findings, bool escalates, CancellationToken cancellationToken)
    {
        var text = Begin("Heartbeat. Look at the checks below, with tools where they need it.", escalates);
        text.Append("\nDue checks:\n");
        foreach (var check in findings.Due)
            text.Append("- ").Append(check.Text.Replace("\n", "\n  ", StringComparison.Ordinal)).Append('\n');
        if (findings.News.Any())
        {
            text.Append("\nSeen by probes:\n");
            foreach (var look in findings.News)
                text.Append(Fence.Wrap($"probe {look.Probe}, {Local(look.At, context.Profile)}", look.Text)).Append('\n');
        }
        await EndAsync(text, context, cancellationToken);
        return text.ToString();
    }

    public async Task<string> OfEventsAsync(WorkContext context, IReadOnlyList<WakeEvent> events, bool escalates, CancellationToken cancellationToken)
    {
        var text = Begin("You were woken because something happened. Look at the events below, with tools where they need it.", escalates);
        text.Append("\nEvents, oldest first:\n");
        foreach (var one in events)
        {
            var words = one.Text.Length <= EventLength ? one.Text : $"{one.Text.AsSpan(0, EventLength)}\n[cut here: {one.Text.Length - EventLength} more characters]";
            text.Append(Fence.Wrap($"event from {one.Source}, {Local(one.At, context.Profile)}{(one.Urgent ? ", urgent" : "")}", words)).Append('\n');
        }
        await EndAsync(text, context, cancellationToken);
        return text.ToString();
    }

    public async Task<string> OfFollowUpAsync(WorkContext context, bool escalates, CancellationToken cancellationToken)
    {
        var text = Begin("You planned to look at something now.", escalates);
        text.Append(CultureInfo.InvariantCulture, $"\nWhat you noted on {Local(context.Work.CreatedAt, context.Profile)}:\n{context.Work.Prompt}\n");
        await EndAsync(text, context, cancellationToken);
        return text.ToString();
    }

    /// <summary>What the stronger model gets: the same beat, and what the first one found.</summary>
    public static string AfterEscalation(string beat, string reason, string found)
        => $"{beat}\nA smaller model looked at this first and handed it over to you. Go on from what it found; do not look at the same things again without need.\nIts reason: {reason}\n"
           + (found.Length == 0 ? "" : $"{Fence.Wrap("what the first model found", found)}\n");

    private static StringBuilder Begin(string what, bool escalates)
        => new StringBuilder(what).Append(' ').Append(Rules).Append(escalates ? MayEscalate : "").Append('\n');

    private async Task EndAsync(StringBuilder text, WorkContext context, CancellationToken cancellationToken)
    {
        var followUps = await store.FollowUpsAsync(context.Work.Agent, FollowUpsAtMost, cancellationToken);
        if (followUps.Count > 0)
        {
            text.Append("\nPlanned follow-ups (you are woken for each at its time):\n");
            foreach (var one in followUps)
                text.Append(CultureInfo.InvariantCulture, $"- {Local(one.DueAt, context.Profile)}: {OneLine(one.Prompt)}\n");
        }
        var said = await notifications.LatelyAsync(context.Work.Agent, context.Now - settings.Current.Notify.DedupWindow, SaidAtMost, cancellationToken);
        if (said.Count > 0)
        {
            text.Append("\nWhat you told the person lately (do not repeat it):\n");
            foreach (var one in said.Reverse())
                text.Append(CultureInfo.InvariantCulture, $"- {Local(one.CreatedAt, context.Profile)}: {OneLine(one.Text)}\n");
        }
    }

    private static string OneLine(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= SaidLength ? line : string.Concat(line.AsSpan(0, SaidLength), "…");
    }

    private static string Local(DateTimeOffset at, AgentProfile profile)
        => LocalText.Of(Instant.FromDateTimeOffset(at).InZone(BeatHours.Zone(profile)).LocalDateTime.With(TimeAdjusters.TruncateToMinute));
}
