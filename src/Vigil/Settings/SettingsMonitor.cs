using Vigil.Agents;
using Vigil.Errors;

namespace Vigil.Settings;

/// <summary>A file of the home took effect, or was refused and its last good content stays.</summary>
/// <param name="Agent">Whose agent.json it is; null for vigil.json, routes.json and the directory of agents.</param>
public sealed record SettingsReload(string File, bool Accepted, IReadOnlyList<SettingsError> Errors, AgentId? Agent = null);

/// <summary>Something else in the home that is followed together with vigil.json.</summary>
internal interface IReloadPart
{
    IEnumerable<SettingsError> Errors { get; }

    /// <summary>Looks whether files changed.</summary>
    /// <param name="again">Also files that did not change: agents came or went, or what they are checked against is new.</param>
    IEnumerable<SettingsReload> Refresh(bool again);
}

/// <summary>Keeps the settings in force and follows the files: a change takes effect within a second, a broken file never does.</summary>
public sealed class SettingsMonitor : ISettings, IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly AgentDirectories _agents;
    private readonly SettingsReader _reader;
    private readonly WatchedFile _file;
    private readonly List<IReloadPart> _parts = [];
    private readonly TimeProvider _time;
    private ITimer? _timer;
    private string? _detectedModel;
    private bool _hadFile;
    private SettingsError? _unlisted;
    private IReadOnlyList<SettingsError> _errors = [];
    private volatile SettingsSnapshot _snapshot;
    private long _version = 1;

    /// <exception cref="FaultException">vigil.json cannot be read or something is wrong in it; the fault lists everything.</exception>
    internal SettingsMonitor(SettingsInputs inputs, AgentDirectories agents, TimeProvider time)
    {
        _agents = agents;
        _time = time;
        _reader = new SettingsReader(inputs, agents);
        _file = new WatchedFile(inputs.Home.SettingsFile);
        try
        {
            agents.Refresh(force: true);
            _file.Refresh();
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            throw HomeFault.Of(inputs.Home.SettingsFile, cause);
        }
        var reading = _reader.Read(_file.Content, null);
        _snapshot = reading.Snapshot ?? throw Broken(reading.Errors);
        _hadFile = _file.Content is not null;
    }

    public event Action? Changed;

    /// <summary>Raised for each file that took effect or was refused, after <see cref="Current"/> has changed. Handlers are quick and do not throw.</summary>
    public event Action<SettingsReload>? Reloaded;

    public VigilSettings Current => _snapshot.Settings;

    public IReadOnlyList<SettingsError> Errors
    {
        get
        {
            lock (_lock)
                return [.. _unlisted is null ? [] : new[] { _unlisted }, .. _errors, .. _parts.SelectMany(part => part.Errors)];
        }
    }

    public long Version => Interlocked.Read(ref _version);

    internal SettingsSnapshot Snapshot => _snapshot;

    /// <summary>The model of agents when no file names one; stays over reloads.</summary>
    public void UseDetectedModel(string? model)
    {
        List<SettingsReload> reloads = [];
        lock (_lock)
        {
            _detectedModel = model;
            // A file that is gone leaves the last good settings in force, here too.
            if (_file.Content is not null || !_hadFile)
                ReadSettings(reloads);
        }
        Tell(reloads);
    }

    /// <summary>Looks at the files now instead of at the next tick. True when something took effect or was refused.</summary>
    public bool Refresh() => Refresh(agentsChanged: false);

    /// <param name="agentsChanged">The directory of agents is known to have changed, even if its time does not show it yet.</param>
    internal bool Refresh(bool agentsChanged)
    {
        List<SettingsReload> reloads = [];
        lock (_lock)
        {
            try
            {
                var again = _agents.Refresh(agentsChanged);
                _unlisted = null;
                if (again)
                    reloads.Add(new SettingsReload(_agents.Path, true, []));
                again |= RefreshSettings(again, reloads);
                foreach (var part in _parts)
                    reloads.AddRange(part.Refresh(again));
            }
            catch (Exception cause) when (HomeFault.IsExpected(cause))
            {
                // The directory itself could not be listed. What was known stays; the next tick looks again.
                _unlisted = new SettingsError(_agents.Path, 0, 0, "", null, null, $"cannot be read: {HomeFault.Sentence(cause)}");
            }
        }
        Tell(reloads);
        return reloads.Count > 0;
    }

    public void Dispose() => _timer?.Dispose();

    internal static FaultException Broken(IReadOnlyList<SettingsError> errors) => new(new Fault(
        "settings_broken",
        errors.Count == 1 ? errors[0].ToString() : $"{errors.Count} settings are wrong:\n{string.Join('\n', errors)}",
        "Mend the settings and start again; docs/settings.md lists every key."));

    internal void Follow(IReloadPart part) => _parts.Add(part);

    internal void Start() => _timer = _time.CreateTimer(_ => Refresh(), null, Pace, Pace);

    private bool RefreshSettings(bool again, List<SettingsReload> reloads)
    {
        try
        {
            if (!_file.Refresh() && !(again && _errors.Count > 0))
                return false;
            if (_file.Content is null && _hadFile)
                return Reject([_file.Gone], reloads);
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            return Reject([_file.Unreadable(cause)], reloads);
        }
        return ReadSettings(reloads);
    }

    private bool ReadSettings(List<SettingsReload> reloads)
    {
        var reading = _reader.Read(_file.Content, _detectedModel);
        if (reading.Snapshot is null)
            return Reject(reading.Errors, reloads);
        _snapshot = reading.Snapshot;
        _hadFile = _file.Content is not null;
        _errors = [];
        reloads.Add(new SettingsReload(_file.Path, true, []));
        return true;
    }

    private bool Reject(IReadOnlyList<SettingsError> errors, List<SettingsReload> reloads)
    {
        if (!errors.SequenceEqual(_errors))
            reloads.Add(new SettingsReload(_file.Path, false, errors));
        _errors = errors;
        return false;
    }

    // Outside of the lock: a handler may ask for the settings on another thread.
    private void Tell(List<SettingsReload> reloads)
    {
        if (reloads.Count == 0)
            return;
        if (reloads.Any(reload => reload.Accepted))
            Interlocked.Increment(ref _version);
        foreach (var reload in reloads)
            Reloaded?.Invoke(reload);
        Changed?.Invoke();
    }
}
