using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Time;

namespace Vigil.Heartbeat.Probes;

/// <summary>Lets probes look side by side, each within a limit of its own. One that fails or hangs is news once; the others count.</summary>
internal sealed class Prober(IEnumerable<IProbe> probes, TimeProvider time, ILogger<Prober> log)
{
    private const int DefaultLength = 2_000;
    private const int LongestLength = 20_000;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestLimit = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, IProbe> _kinds = probes.ToDictionary(probe => probe.Kind, StringComparer.Ordinal);

    public IReadOnlyCollection<string> Kinds => _kinds.Keys;

    /// <summary>What is wrong with a probe's settings, with a good value, or null.</summary>
    public string? Check(AgentProfile profile, string name)
    {
        if (!profile.Probes.TryGetValue(name, out var settings))
            return $"there is no probe '{name}' in agent.json";
        if (Kind(settings) is not { } kind || !_kinds.TryGetValue(kind, out var probe))
            return $"the kind of probe '{name}' is not one of {string.Join(", ", Kinds.Order(StringComparer.Ordinal))}";
        return probe.Check(profile, settings);
    }

    /// <param name="profile">Whose probes.</param>
    /// <param name="names">Those that look.</param>
    /// <param name="before">What is stored of the looks before, by name.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<IReadOnlyList<ProbeLook>> LookAsync(AgentProfile profile, IReadOnlyCollection<string> names, IReadOnlyDictionary<string, string> before, CancellationToken cancellationToken)
    {
        if (names.Count == 1)
            return [await LookAsync(profile, names.Single(), before, cancellationToken)];
        return await Task.WhenAll(names.Select(name => Task.Run(() => LookAsync(profile, name, before, cancellationToken), cancellationToken)));
    }

    private async Task<ProbeLook> LookAsync(AgentProfile profile, string name, IReadOnlyDictionary<string, string> stored, CancellationToken cancellationToken)
    {
        var before = BeatState.Parse<ProbeRecord>(stored.GetValueOrDefault(name));
        var settings = profile.Probes.GetValueOrDefault(name);
        var limit = Limit(settings);
        using var own = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, own.Token);
        try
        {
            if (settings is null || Kind(settings) is not { } kind || !_kinds.TryGetValue(kind, out var probe))
                throw new ProbeException(Check(profile, name)!);
            var reading = await probe.ReadAsync(new ProbeRequest(profile, name, settings, before?.Memo, before?.At), either.Token).WaitAsync(either.Token);
            var news = reading.Fingerprint is not null && before?.Fingerprint != reading.Fingerprint;
            return new ProbeLook(name, time.GetUtcNow(), reading.Fingerprint, null, Cut(reading.Text, settings), reading.Memo, news, before?.Failure is not null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed(name, before, $"did not answer within {DurationText.Format(limit)}");
        }
        catch (ProbeException failed)
        {
            return Failed(name, before, failed.Message);
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            log.LogWarning(failed, "The probe {Probe} of {Agent} failed.", name, profile.Id);
            return Failed(name, before, failed.Message);
        }
    }

    private ProbeLook Failed(string name, ProbeRecord? before, string why)
        => new(name, time.GetUtcNow(), before?.Fingerprint, why, $"This probe failed: {why}", before?.Memo, before?.Failure is null, HasRecovered: false);

    private static string? Kind(JsonObject settings) => settings["kind"] is JsonValue value && value.TryGetValue<string>(out var kind) ? kind : null;

    private static TimeSpan Limit(JsonObject? settings)
        => settings?["timeout"] is JsonValue value && value.TryGetValue<string>(out var text) && DurationText.TryParse(text, out var limit, out _) && limit > TimeSpan.Zero
            ? limit < s_longestLimit ? limit : s_longestLimit
            : s_limit;

    private static string Cut(string text, JsonObject settings)
    {
        var length = settings["length"] is JsonValue value && value.TryGetValue<int>(out var set) ? Math.Clamp(set, 100, LongestLength) : DefaultLength;
        return text.Length <= length ? text : $"{text.AsSpan(0, length)}\n[cut here: {text.Length - length} more characters]";
    }
}
