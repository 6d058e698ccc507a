using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Work;

namespace Vigil.Heartbeat;

/// <summary>Brings something to an agent's attention. When it returns, the event is kept and leads to a beat.</summary>
public sealed class Wakes(IHeartbeatStore store, WorkSignal signal, TimeProvider time)
{
    public const int LongestText = 8_000;

    /// <param name="source">Who reports: hook, run, command, probe and its name.</param>
    /// <param name="key">The same key of the same source leads to the same work.</param>
    public async Task<WakeAdmission> WakeAsync(AgentProfile profile, string text, string source, bool urgent, string? key, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var work = new AgentWork
        {
            Id = NewId.Work(time),
            Agent = profile.Id,
            Source = WorkSources.Wake,
            Prompt = "Woken by events.",
            Session = BeatState.Session(profile.Id),
            Context = profile.Heartbeat.Context,
            Tools = BeatTools.OfWake(profile),
            Deliver = [profile.Heartbeat.Deliver],
            Metadata = new JsonObject { ["wake"] = source },
            CreatedAt = now,
            DueAt = now,
        };
        var cut = text.Length <= LongestText ? text : text[..LongestText];
        var admission = await store.WakeAsync(new NewWake(work, cut, source, urgent, key, profile.Heartbeat.CoalesceWakes, profile.Heartbeat.WakesPerHour), cancellationToken);
        signal.Set();
        return admission;
    }
}
