using Vigil.Agents;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Testing;

namespace Vigil.Tests.Settings;

/// <summary>A home in a directory of its own, with a clock that the test moves.</summary>
internal sealed class TempHome : IDisposable
{
    private readonly Dictionary<string, string> _environment = [];
    private readonly List<string> _set = [];
    private HomeSettings? _opened;

    public TempHome()
    {
        Home = new VigilHome(Path.Combine(Path.GetTempPath(), $"vigil-{Guid.NewGuid():n}"));
        HomeStarter.Ensure(Home);
    }

    public VigilHome Home { get; }

    public VirtualClock Clock { get; } = new();

    public Redaction Redaction { get; } = new();

    public SettingsInputs Inputs => new(Home) { Environment = _environment, Set = _set };

    public HomeSettings Opened => _opened ??= new HomeSettings(Inputs, Clock);

    public SettingsMonitor Monitor => Opened.Monitor;

    public AgentRegistry Agents => Opened.Agents;

    public TempHome Settings(string json) => Write(Home.SettingsFile, json);

    public TempHome Routes(string json) => Write(Home.RoutesFile, json);

    public TempHome Agent(string id, string? json = "{}")
    {
        Directory.CreateDirectory(Home.Workspace(AgentId.Parse(id)));
        return json is null ? this : Write(Home.AgentFile(AgentId.Parse(id)), json);
    }

    public TempHome Secret(string name, string value, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var path = Path.Combine(Home.Secrets, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Write(path, value);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
        return this;
    }

    public TempHome Variable(string name, string value)
    {
        _environment[name] = value;
        return this;
    }

    public TempHome Set(string pair)
    {
        _set.Add(pair);
        return this;
    }

    public AgentProfile Profile(string agent) => Agents.Find(AgentId.Parse(agent)).Required();

    /// <summary>Enough for every file to have been looked at.</summary>
    public void Wait() => Clock.Advance(TimeSpan.FromSeconds(1));

    /// <summary>Everything wrong with the settings, read anew.</summary>
    public IReadOnlyList<SettingsError> SettingsErrors()
    {
        var agents = new AgentDirectories(Home);
        agents.Refresh(force: true);
        return new SettingsReader(Inputs, agents).Read(File.Exists(Home.SettingsFile) ? File.ReadAllBytes(Home.SettingsFile) : null, null).Errors;
    }

    /// <summary>The fault that keeps this home from being opened.</summary>
    public Fault OpeningFault() => Assert.Throws<FaultException>(() => new HomeSettings(Inputs, Clock)).Fault;

    public void Dispose()
    {
        _opened?.Dispose();
        Directory.Delete(Home.Root, recursive: true);
    }

    private TempHome Write(string path, string text)
    {
        File.WriteAllText(path, text);
        return this;
    }
}
