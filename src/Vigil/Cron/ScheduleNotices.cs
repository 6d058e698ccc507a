using NodaTime;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Cron;

/// <summary>What the gateway itself tells the owner about a schedule. One for a cause and one when it works again, never more.</summary>
internal sealed class ScheduleNotices(ISettings settings, TimeProvider time)
{
    private const int ErrorCap = 500;

    public Notification AutoDisabled(Schedule schedule, string workId, string error, DateTimeOffset now) => Notice(schedule, workId,
        $"Schedule '{schedule.Name}' of agent {schedule.Agent} failed {schedule.Failures} times in a row and is disabled now. Last error: {Cut(error)} When that is mended: vigil cron enable {schedule.Id}", now);

    public Notification AgentGone(Schedule schedule, string workId, DateTimeOffset now) => Notice(schedule, workId,
        $"Schedule '{schedule.Name}' is disabled: its agent {schedule.Agent} is gone. To remove it: vigil cron remove {schedule.Id}", now);

    public Notification Recovered(Schedule schedule, string workId, DateTimeOffset now)
        => Notice(schedule, workId, $"Schedule '{schedule.Name}' of agent {schedule.Agent} works again.", now);

    public Notification OneShotFailed(Schedule schedule, string workId, string error, DateTimeOffset now) => Notice(schedule, workId,
        $"The one-time schedule '{schedule.Name}' of agent {schedule.Agent} failed: {Cut(error)} To run it now: vigil cron run {schedule.Id}", now);

    public Notification OneShotMissed(Schedule schedule, string workId, Instant slot, DateTimeOffset now) => Notice(schedule, workId,
        $"The one-time schedule '{schedule.Name}' of agent {schedule.Agent} was due at {Local(schedule, slot)} while the gateway was down, and was not run (missed: skip). To run it now: vigil cron run {schedule.Id}", now);

    public Notification Unreadable(Schedule schedule, string problem, DateTimeOffset now)
        => Notice(schedule, null, $"Schedule '{schedule.Name}' of agent {schedule.Agent} is disabled: {Cut(problem)}", now);

    private static string Local(Schedule schedule, Instant slot)
        => Zones.TryFind(schedule.When.Zone, out var zone, out _) ? LocalText.In(slot, zone) : LocalText.Utc(slot);

    private static string Cut(string text)
    {
        var cut = text.Length <= ErrorCap ? text : text[..ErrorCap] + "…";
        return cut.EndsWith('.') || cut.EndsWith('…') ? cut : cut + ".";
    }

    private Notification Notice(Schedule schedule, string? workId, string text, DateTimeOffset now)
    {
        var id = NewId.Notification(time);
        return new Notification
        {
            Id = id,
            Agent = schedule.Agent,
            WorkId = workId,
            Source = WorkSources.Cron,
            Text = text,
            State = NotificationState.Posted,
            // The gateway's own words: the agent's nag limit does not count them.
            AskedFor = true,
            CreatedAt = now,
            Deliveries = [.. settings.Current.Notify.Owner.Where(target => target != Targets.Inbox).Distinct(StringComparer.Ordinal).Select(target => new Delivery
            {
                Id = NewId.Delivery(time),
                NotificationId = id,
                Agent = schedule.Agent,
                Target = target,
                NextAt = now,
                At = now,
            })],
        };
    }
}
