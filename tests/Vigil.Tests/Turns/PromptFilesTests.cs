using Vigil.Testing;
using Vigil.Turns;

namespace Vigil.Tests.Turns;

public sealed class PromptFilesTests : IDisposable
{
    private static readonly DateTime s_changed = new(2026, 3, 27, 8, 0, 0, DateTimeKind.Utc);

    private readonly string _folder = Directory.CreateTempSubdirectory("vigil-prompt-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_FileThatDoesNotChange_IsReadOnce()
    {
        var files = new PromptFiles(At(TimeSpan.FromHours(1)));
        Write("SOUL.md", "kind", s_changed);
        files.Read(_folder, "SOUL.md");
        Write("SOUL.md", "cold", s_changed);

        Assert.Equal("kind", files.Read(_folder, "SOUL.md"));
    }

    [Fact]
    public void Read_FileThatChanged_GivesWhatStandsThereNow()
    {
        var files = new PromptFiles(At(TimeSpan.FromHours(1)));
        Write("SOUL.md", "kind", s_changed);
        files.Read(_folder, "SOUL.md");
        Write("SOUL.md", "cold", s_changed.AddMilliseconds(10));
        var later = files.Read(_folder, "SOUL.md");
        Write("SOUL.md", "neither", s_changed.AddMilliseconds(10));

        Assert.Equal("cold", later);
        Assert.Equal("neither", files.Read(_folder, "SOUL.md"));
    }

    [Fact]
    public void Read_FileThatChangedAMomentAgo_IsNotTrustedYet()
    {
        var files = new PromptFiles(At(TimeSpan.FromSeconds(1)));
        Write("SOUL.md", "kind", s_changed);
        files.Read(_folder, "SOUL.md");
        Write("SOUL.md", "cold", s_changed);

        Assert.Equal("cold", files.Read(_folder, "SOUL.md"));
    }

    [Fact]
    public void Read_Link_FollowsTheChangesOfItsTarget()
    {
        var files = new PromptFiles(At(TimeSpan.FromHours(1)));
        Write("elsewhere.md", "kind", s_changed);
        File.CreateSymbolicLink(Path.Combine(_folder, "SOUL.md"), Path.Combine(_folder, "elsewhere.md"));
        files.Read(_folder, "SOUL.md");
        Write("elsewhere.md", "cold and long", s_changed.AddHours(-1));

        Assert.Equal("cold and long", files.Read(_folder, "SOUL.md"));
    }

    [Fact]
    public void Read_FileThatIsGone_GivesNothing()
    {
        var files = new PromptFiles(At(TimeSpan.FromHours(1)));
        Write("SOUL.md", "kind", s_changed);
        files.Read(_folder, "SOUL.md");
        File.Delete(Path.Combine(_folder, "SOUL.md"));

        Assert.Null(files.Read(_folder, "SOUL.md"));
    }

    private static VirtualClock At(TimeSpan after) => new(new DateTimeOffset(s_changed) + after);

    private void Write(string name, string text, DateTime changed)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, changed);
    }
}
