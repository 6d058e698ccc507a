using NodaTime;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Notify;

/// <summary>Holds what an agent says of its own accord until the quiet hours end; urgent words pass.</summary>
internal sealed class QuietHoursGate(ISettings settings, TimeProvider time) : IOutputGate
{
    public string Name => Reasons.QuietNow;

    public int Order => 200;

    public ValueTask<GateDecision> DecideAsync(OutputContext context, CancellationToken cancellationToken)
    {
        var hours = settings.Current.Notify.QuietHours;
        if (hours is null || context.Draft.AskedFor || context.Draft.Urgency == Urgency.Urgent)
            return ValueTask.FromResult(GateDecision.Pass);
        var zone = QuietHours.PersonsZone(settings.Current);
        var (quiet, problems) = QuietHours.Read(hours, zone);
        if (quiet is null)
            throw new InvalidOperationException($"notify.quietHours: {problems[0].Problem}");
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        return ValueTask.FromResult(quiet.Contains(now) && quiet.EndsAt(now) is { } end ? new GateDecision.Defer(end.ToDateTimeOffset(), Reasons.QuietNow) : GateDecision.Pass);
    }
}
