using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NodaTime;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tools.Files;

namespace Vigil.Heartbeat;

/// <summary>
/// Keeps <c>memory/heartbeat-state.json</c> so that the agent and the person can read how the checks stand. The store is the truth: what somebody writes into the file is
/// written over.
/// </summary>
internal sealed class StateMirror(VigilHome home, BeatStateReader reader, TimeProvider time, ILogger<StateMirror> log)
{
    public const string File = "memory/heartbeat-state.json";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ConcurrentDictionary<AgentId, (long Length, DateTime ChangedAt)> _written = [];

    /// <param name="unchanged">After a skipped beat: what is known of the checks and probes. Nothing is new then but what somebody else did to the file.</param>
    public async Task WriteAsync(AgentProfile profile, Checklist checklist, CheckRecords? unchanged, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(home.Workspace(profile.Id), File));
        if (unchanged is not null && file.Exists && _written.TryGetValue(profile.Id, out var written) && written == (file.Length, file.LastWriteTimeUtc))
            return;
        var standing = await reader.ReadAsync(profile, checklist, unchanged, cancellationToken);
        var mark = MarkOf(standing);
        if (unchanged is null || !file.Exists || BelowSecond(file.LastWriteTimeUtc) != mark)
        {
            Write(profile.Id, standing, mark);
            file.Refresh();
        }
        if (file.Exists)
            _written[profile.Id] = (file.Length, file.LastWriteTimeUtc);
    }

    private void Write(AgentId agent, IReadOnlyList<CheckStanding> standing, long mark)
    {
        if (!WorkspacePath.Resolve(File, out var path, out _))
            return;
        var now = time.GetUtcNow().UtcDateTime;
        var text = JsonSerializer.Serialize(standing, s_json) + "\n";
        if (Workspace.Of(home, agent).Write(path, text, durable: false, changedAt: now.AddTicks(mark - BelowSecond(now))) is { } problem)
            log.LogWarning("The mirror {File} of agent {Agent} could not be written: {Problem}", File, agent, problem);
    }

    /// <summary>
    /// What the file says, as the part below a second of its time of change. After a start one look at the time tells that nobody touched the file and that no crash kept it
    /// from being written: with many agents, reading all of them would take longer than their beats. When a check is due next is left out, that moves on by itself.
    /// </summary>
    private static long MarkOf(IReadOnlyList<CheckStanding> standing)
        => (long)(BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(standing.Select(check => check with { NextDue = null }), s_json)))
            % TimeSpan.TicksPerSecond);

    private static long BelowSecond(DateTime at) => at.Ticks % TimeSpan.TicksPerSecond;
}

/// <summary>How one check stands.</summary>
public sealed record CheckStanding(
    string Id, int Line, string Text, string Cadence, string? Probe, DateTimeOffset? LastRun, string? Result, string? Work, DateTimeOffset? NextDue, ProbeStanding? Saw);

/// <summary>What a probe saw when it last looked, or why it could not.</summary>
public sealed record ProbeStanding(DateTimeOffset At, string? Saw, string? Failure);

/// <summary>Puts together how the checks of an agent stand.</summary>
internal sealed class BeatStateReader(CheckBook book, TimeProvider time)
{
    /// <param name="profile">Whose checks.</param>
    /// <param name="checklist">The checks.</param>
    /// <param name="records">What is known of them, if somebody has read it already.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<IReadOnlyList<CheckStanding>> ReadAsync(AgentProfile profile, Checklist checklist, CheckRecords? records, CancellationToken cancellationToken)
    {
        records ??= await book.ReadAsync(profile.Id, cancellationToken);
        var hours = BeatHours.Of(profile);
        var grid = BeatHours.Grid(profile);
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        return [.. checklist.Checks.Select(check =>
        {
            var record = records.Of(check);
            var seen = check.Probe is null ? null : BeatState.Parse<Probes.ProbeRecord>(records.Probes.GetValueOrDefault(check.Probe));
            return new CheckStanding(check.Id, check.Line, check.Text, check.Cadence.Describe(), check.Probe, record.LastSlot, record.Result, record.Work,
                record.NextDue(check, now, hours, grid)?.ToDateTimeOffset(), seen is null ? null : new ProbeStanding(seen.At, seen.Saw, seen.Failure));
        })];
    }
}
