using Microsoft.Extensions.Logging;
using NodaTime;
using Vigil.Agents;
using Vigil.State;
using Vigil.Time;
using Vigil.Tools;

namespace Vigil.Heartbeat.Probes;

/// <summary>Probes with <c>"watch": true</c> are looked at each minute, without a model; what is new wakes the agent, once for each state of the world.</summary>
internal sealed class ProbeWatcher(BeatRound round, IAgentRegistry agents, Prober prober, Wakes wakes, IHeartbeatStore beats, IStateStore state, TimeProvider time, ILogger<ProbeWatcher> log)
    : IHousekeeping
{
    private const int AtOnce = 16;

    public string Name => "probe-watch";

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public Task RunAsync(CancellationToken cancellationToken)
        => Parallel.ForEachAsync(round.Watching, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (agent, token) =>
        {
            try
            {
                await LookAsync(agent, token);
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                log.LogWarning(failed, "The watched probes of {Agent} could not be looked at; the next try is in a minute.", agent);
            }
        });

    private async Task LookAsync(AgentId agent, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (agents.Find(agent).Profile is not { Heartbeat.Enabled: true } profile || !BeatHours.Of(profile).Contains(Instant.FromDateTimeOffset(now)))
            return;
        if (Pause.Parse((await beats.StandingAsync(agent, now, now, cancellationToken)).Pause)?.Holds(now) == true)
            return;
        var names = profile.Probes.Where(probe => probe.Value.Flag("watch")).Select(probe => probe.Key).ToList();
        var looks = await prober.LookAsync(profile, names, await state.AllAsync(agent, BeatState.ProbeArea, cancellationToken), cancellationToken);
        // Anew: a beat may have told of a change while they looked.
        var before = await state.AllAsync(agent, BeatState.ProbeArea, cancellationToken);
        foreach (var look in looks.Where(look => look is { Failure: null, Fingerprint: not null }))
        {
            var record = BeatState.Parse<ProbeRecord>(before.GetValueOrDefault(look.Probe)) ?? new ProbeRecord(null, null, look.At, null, null);
            if (record.Told == look.Fingerprint)
                continue;
            // The key makes a second look at the same change, after a crash in between, the same wake.
            var change = record.Announcements + 1;
            await wakes.WakeAsync(profile, look.Text, $"probe {look.Probe}", urgent: false, key: $"{look.Probe}:{change}:{look.Fingerprint}", cancellationToken);
            var announced = record with { Announced = look.Fingerprint, Announcements = change };
            await state.ApplyAsync([BeatState.Change(agent, BeatState.ProbeArea, look.Probe, announced)], cancellationToken);
        }
    }
}
