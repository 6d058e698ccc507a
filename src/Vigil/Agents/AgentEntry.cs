using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>One agent that somebody asked for: its profile, and what it was read from.</summary>
internal sealed class AgentEntry(AgentId agent, VigilHome home, ProfileReader reader, WorkspaceLinks links)
{
    private readonly WatchedFile _file = new(home.AgentFile(agent));
    private SettingsSnapshot? _snapshot;
    private AgentLookup? _lookup;
    private byte[]? _good;
    private long _lookedAt;
    private long _usedAt;

    public AgentId Agent => agent;

    /// <summary>Grows with each use of any agent.</summary>
    public long UsedAt
    {
        get => Volatile.Read(ref _usedAt);
        set => Volatile.Write(ref _usedAt, value);
    }

    public IReadOnlyList<SettingsError> Errors => _lookup?.Broken ?? [];

    /// <summary>The profile as it is now; the file is looked at no more often than <paramref name="pace"/> says.</summary>
    public AgentLookup Look(SettingsSnapshot snapshot, TimeProvider time, TimeSpan pace)
    {
        lock (_file)
        {
            if (_lookup is null || _snapshot != snapshot || time.GetElapsedTime(_lookedAt) >= pace)
                Refresh(snapshot, time);
            return _lookup!;
        }
    }

    /// <summary>Looks at the file now. Says what came of it when it changed.</summary>
    public SettingsReload? Refresh(SettingsSnapshot snapshot, TimeProvider time)
    {
        lock (_file)
        {
            _lookedAt = time.GetTimestamp();
            var before = _lookup;
            try
            {
                // A link can be mended without a change to the file.
                if (!_file.Refresh() && _snapshot == snapshot && before is not null && (before.Profile is not null || before.Broken is [{ Line: > 0 }, ..]))
                    return null;
            }
            catch (Exception cause) when (HomeFault.IsExpected(cause))
            {
                return Became(before, new AgentLookup { Profile = before?.Profile, Broken = [_file.Unreadable(cause)] });
            }
            _snapshot = snapshot;
            // No last good profile serves on here: it would go on in the other one's files.
            if (links.Problem(agent) is { } shared)
                return Became(before, new AgentLookup { Broken = [shared] });
            if (_file.Content is null && _good is { Length: > 0 })
                return Became(before, new AgentLookup { Profile = before?.Profile, Broken = [_file.Gone] });
            var reading = reader.Read(snapshot, agent, _file.Content);
            if (reading.Profile is { } profile)
            {
                _good = _file.Content ?? [];
                return Became(before, new AgentLookup { Profile = profile });
            }
            // The gateway's settings may have moved on since the last good file; what the agent inherits follows them.
            var last = _good is null ? null : reader.Read(snapshot, agent, _good).Profile ?? before?.Profile;
            return Became(before, new AgentLookup { Profile = last, Broken = reading.Errors });
        }
    }

    public IReadOnlyDictionary<string, string> Origins(SettingsSnapshot snapshot)
    {
        lock (_file)
            return reader.Origins(snapshot, agent, _good ?? _file.Content);
    }

    private SettingsReload? Became(AgentLookup? before, AgentLookup now)
    {
        _lookup = now;
        if (now.Broken is { } errors)
            return before?.Broken is { } known && known.SequenceEqual(errors) ? null : new SettingsReload(_file.Path, false, errors, agent);
        return before is null || before.Profile?.Hash == now.Profile!.Hash && before.Broken is null ? null : new SettingsReload(_file.Path, true, [], agent);
    }
}
