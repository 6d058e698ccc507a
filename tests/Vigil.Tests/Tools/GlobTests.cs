using Vigil.Tools;

namespace Vigil.Tests.Tools;

public sealed class GlobTests
{
    [Theory]
    [InlineData("read_*", "read_file", true)]
    [InlineData("read_*", "xread_file", false)]
    [InlineData("*", "anything", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("**/*.md", "a.md", true)]
    [InlineData("**/*.md", "x/y/a.md", true)]
    [InlineData("memory/**", "memory/x/y", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("(a|b)", "a", false)]
    [InlineData("file", "file\n", false)]
    [InlineData("fil*", "file\n", true)]
    public void Matches_Pattern_IsLiteralButForItsSigns(string pattern, string text, bool expected) => Assert.Equal(expected, Glob.Matches(pattern, text));
}
