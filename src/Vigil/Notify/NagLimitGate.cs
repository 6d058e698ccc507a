using NodaTime;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Notify;

/// <summary>Bounds what an agent says in a day; what is beyond waits for the digest. Urgent words have a bound of their own.</summary>
internal sealed class NagLimitGate(INotificationStore store, ISettings settings, TimeProvider time) : IOutputGate
{
    public string Name => Reasons.NagLimit;

    public int Order => 100;

    public async ValueTask<GateDecision> DecideAsync(OutputContext context, CancellationToken cancellationToken)
    {
        if (context.Draft.AskedFor)
            return GateDecision.Pass;
        var notify = settings.Current.Notify;
        var zone = QuietHours.PersonsZone(settings.Current);
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var midnight = zone.AtStartOfDay(now.InZone(zone).Date).ToDateTimeOffset();
        var (normal, urgent) = await store.PushedSinceAsync(context.Work.Profile.Id, midnight, cancellationToken);
        var isUrgent = context.Draft.Urgency == Urgency.Urgent;
        var here = context.Said.Count(earlier => (earlier.Urgency == Urgency.Urgent) == isUrgent);
        var (pushed, limit) = isUrgent ? (urgent + here, notify.UrgentPerDay) : (normal + here, notify.PerDay);
        return pushed < limit
            ? GateDecision.Pass
            : new GateDecision.Defer(NextDigest(now, zone, notify.Digest), Reasons.NagLimit, $"{pushed} said today, the limit is {limit}");
    }

    private static DateTimeOffset NextDigest(Instant now, DateTimeZone zone, string at)
    {
        var digest = TimeOfDay.TryParse(at, out var time) ? LocalTime.FromMinutesSinceMidnight(time.Minutes) : new LocalTime(18, 0);
        var today = now.InZone(zone).Date;
        var next = zone.AtLeniently(today + digest);
        return (next.ToInstant() > now ? next : zone.AtLeniently(today.PlusDays(1) + digest)).ToDateTimeOffset();
    }
}
