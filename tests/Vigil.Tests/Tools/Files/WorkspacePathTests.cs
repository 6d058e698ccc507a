using Vigil.Tools.Files;

namespace Vigil.Tests.Tools.Files;

public sealed class WorkspacePathTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("..")]
    [InlineData("../agent.json")]
    [InlineData("notes/../../agent.json")]
    [InlineData("a/b/../../../x")]
    [InlineData("/etc/passwd")]
    [InlineData("~/x")]
    [InlineData("C:/Windows/x")]
    [InlineData("c:x")]
    [InlineData("..\\agent.json")]
    [InlineData("\\\\server\\share")]
    [InlineData("notes\0.md")]
    [InlineData("notes\n.md")]
    [InlineData("agent.json")]
    [InlineData("Agent.JSON")]
    [InlineData("./agent.json")]
    [InlineData("notes/../agent.json")]
    [InlineData("agent.json.")]
    [InlineData("agent.json ")]
    public void Resolve_PathThatLeavesOrNamesSettings_IsRefusedWithASentence(string text)
    {
        Assert.False(WorkspacePath.Resolve(text, out var path, out var problem));
        Assert.Null(path);
        Assert.EndsWith(".", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_PathThatIsTooLong_IsRefused()
        => Assert.False(WorkspacePath.Resolve(new string('a', WorkspacePath.MaxLength + 1), out _, out _));

    [Theory]
    [InlineData(".", "")]
    [InlineData("a", "a")]
    [InlineData("./a//b/", "a/b")]
    [InlineData("a/../b", "b")]
    [InlineData("a/b/..", "a")]
    [InlineData("...", "...")]
    [InlineData("..a/b..", "..a/b..")]
    [InlineData("sub/agent.json", "sub/agent.json")]
    [InlineData("ünï/日本.md", "ünï/日本.md")]
    public void Resolve_PathInside_IsNormalised(string text, string expected)
    {
        Assert.True(WorkspacePath.Resolve(text, out var path, out _));
        Assert.Equal(expected, path.Value);
    }

    [Fact]
    public void Parent_Nested_WalksUpToTheRoot()
    {
        Assert.True(WorkspacePath.Resolve("a/b/c.md", out var path, out _));
        Assert.Equal("c.md", path.Name);
        Assert.Equal("a/b", path.Parent.Value);
        Assert.True(path.Parent.Parent.Parent.IsRoot);
    }
}
