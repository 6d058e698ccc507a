using Vigil.Agents;
using Vigil.Errors;
using Vigil.Heartbeat;
using Vigil.Settings;

namespace Vigil.Tests.Settings;

public sealed class HomeStarterTests : IDisposable
{
    private readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void A1_FreshHome_HasMainWithItsOwnDirectory()
    {
        Assert.Equal([AgentId.Main], _home.Agents.Ids());
        Assert.Equal(AgentId.Main, _home.Profile("main").Id);
        foreach (var name in new[] { "SOUL.md", "AGENTS.md", "USER.md", "HEARTBEAT.md", "memory", "skills" })
            Assert.True(Path.Exists(Path.Combine(_home.Home.Workspace(AgentId.Main), name)), name);
    }

    [Fact]
    public void Ensure_FreshHome_IsTheOwnersAlone()
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal((owner, owner), (File.GetUnixFileMode(_home.Home.Root), File.GetUnixFileMode(_home.Home.Secrets)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_home.Home.SettingsFile));
    }

    [Fact]
    public void Ensure_Again_ChangesNothing()
    {
        _home.Settings("// mine\n{}");
        var soul = Path.Combine(_home.Home.Workspace(AgentId.Main), "SOUL.md");
        File.Delete(soul);
        Assert.False(HomeStarter.Ensure(_home.Home));
        Assert.Equal("// mine\n{}", File.ReadAllText(_home.Home.SettingsFile));
        Assert.False(File.Exists(soul));
    }

    [Fact]
    public void Ensure_HalfBuiltAgentOfACrash_IsCleared()
    {
        var left = Path.Combine(_home.Home.Root, ".adding-main-x");
        Directory.CreateDirectory(left);
        HomeStarter.Ensure(_home.Home);
        Assert.False(Directory.Exists(left));
    }

    [Fact]
    public void H29_StarterChecklist_IsEmpty()
    {
        var text = File.ReadAllText(Path.Combine(_home.Home.Workspace(AgentId.Main), "HEARTBEAT.md"));
        var checklist = Checklist.Read(text).Checklist!;
        Assert.True(checklist.IsEmpty);
        Assert.Empty(checklist.Findings);
    }

    [Fact]
    public void Starter_Texts_LeaveRoomInABeatsPrompt()
    {
        var workspace = _home.Home.Workspace(AgentId.Main);
        Assert.InRange(Directory.GetFiles(workspace, "*.md").Sum(file => File.ReadAllText(file).Length), 500, 2500);
    }

    [Fact]
    public void Ensure_HomeBelowAFile_IsOneClearFault()
    {
        var file = Path.Combine(_home.Home.Root, "a-file");
        File.WriteAllText(file, "");
        var fault = Assert.Throws<FaultException>(() => HomeStarter.Ensure(new VigilHome(Path.Combine(file, "home")))).Fault;
        Assert.Equal(("home_unusable", FaultKind.Unavailable), (fault.Code, fault.Kind));
        Assert.Contains("VIGIL_HOME", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void HomeFault_FullDisk_SaysSo()
        => Assert.Equal("the disk is full", HomeFault.Sentence(new IOException("No space left on device", 28)));
}
