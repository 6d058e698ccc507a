using Vigil.Settings;

namespace Vigil.Tests.Settings;

public sealed class SettingsMonitorTests : IDisposable
{
    private readonly TempHome _home = new();
    private readonly List<SettingsReload> _reloads = [];

    public SettingsMonitorTests() => _home.Monitor.Reloaded += _reloads.Add;

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Change_GoodFile_IsInForceWithinASecond()
    {
        var version = _home.Monitor.Version;
        var changes = 0;
        _home.Monitor.Changed += () => changes++;
        _home.Settings("""{ "gateway": { "port": 7171 } }""");
        _home.Wait();
        Assert.Equal(7171, _home.Monitor.Current.Gateway.Port);
        Assert.Equal((version + 1, 1), (_home.Monitor.Version, changes));
        Assert.Equal([(_home.Home.SettingsFile, true)], _reloads.Select(reload => (reload.File, reload.Accepted)));
    }

    [Fact]
    public void H80_BrokenFile_KeepsTheLastGoodSettingsAndSaysSoOnce()
    {
        _home.Settings("""{ "gateway": { "port": 7171 } }""");
        _home.Wait();
        var version = _home.Monitor.Version;
        _reloads.Clear();
        _home.Settings("""{ "gateway": { "port": "x" } }""");
        _home.Wait();
        _home.Wait();
        Assert.Equal((7171, version), (_home.Monitor.Current.Gateway.Port, _home.Monitor.Version));
        Assert.Equal("gateway.port", Assert.Single(_home.Monitor.Errors).Key);
        Assert.False(Assert.Single(_reloads).Accepted);
        _home.Settings("""{ "gateway": { "port": 7272 } }""");
        _home.Wait();
        Assert.Empty(_home.Monitor.Errors);
        Assert.Equal(7272, _home.Monitor.Current.Gateway.Port);
    }

    [Fact]
    public void Deleted_File_KeepsTheLastGoodSettings()
    {
        _home.Settings("""{ "gateway": { "port": 7171 } }""");
        _home.Wait();
        File.Delete(_home.Home.SettingsFile);
        _home.Wait();
        Assert.Equal(7171, _home.Monitor.Current.Gateway.Port);
        Assert.Contains("is gone", Assert.Single(_home.Monitor.Errors).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Untouched_Files_RaiseNothing()
    {
        _home.Wait();
        _home.Wait();
        Assert.Empty(_reloads);
        Assert.Equal(1, _home.Monitor.Version);
    }

    [Fact]
    public void SameLengthWithinOneTick_IsNoticed()
    {
        var written = File.GetLastWriteTimeUtc(_home.Settings("""{ "gateway": { "port": 7171 } }""").Home.SettingsFile);
        _home.Clock.Advance(TimeSpan.FromMilliseconds(500));
        _home.Settings("""{ "gateway": { "port": 7272 } }""");
        File.SetLastWriteTimeUtc(_home.Home.SettingsFile, written);
        _home.Wait();
        Assert.Equal(7272, _home.Monitor.Current.Gateway.Port);
    }

    [Fact]
    public void Reload_NeverWritesVigilJson()
    {
        var before = File.ReadAllBytes(_home.Home.SettingsFile);
        _home.Monitor.UseDetectedModel("ollama/x");
        _home.Wait();
        Assert.Equal(before, File.ReadAllBytes(_home.Home.SettingsFile));
    }
}
