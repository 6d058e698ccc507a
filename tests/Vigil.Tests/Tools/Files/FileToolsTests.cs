using Vigil.Settings;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Files;

namespace Vigil.Tests.Tools.Files;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class FileToolsTests : IDisposable
{
    private readonly ToolBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Read_Range_ShowsTheLinesAndWhereToGoOn()
    {
        _bed.Put("a.txt", "one\r\ntwo\nthree\nfour");
        var result = await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path = "a.txt", from = 2, lines = 2 });
        Assert.Equal("two\nthree\n[a.txt goes on; read it from line 4]", result.Text);
    }

    [Fact]
    public async Task Read_MoreThanFits_IsCutAtALineWithANote()
    {
        _bed.Put("a.txt", string.Concat(Enumerable.Range(1, 1000).Select(i => $"line {i:0000}\n")));
        var run = ToolBed.Run(ToolBed.Profile() with { Turns = new TurnSettings { ToolOutput = 1500 } });
        var result = await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path = "a.txt" }, run);
        Assert.EndsWith("line 0130\n[a.txt goes on; read it from line 131]", result.Text, StringComparison.Ordinal);
        Assert.True(result.Text.Length <= 1500);
    }

    [Theory]
    [InlineData("missing.txt", "There is no file 'missing.txt'.")]
    [InlineData("a.txt/b", "is no file")]
    public async Task Read_Missing_SaysSo(string path, string expected)
    {
        _bed.Put("a.txt", "x");
        var result = await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path });
        Assert.True(result.IsError);
        Assert.Contains(expected, result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_BinaryOrBeyondTheEnd_IsAnError()
    {
        _bed.Put("b.bin", "a\0b");
        _bed.Put("a.txt", "one\n");
        Assert.True((await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path = "b.bin" })).IsError);
        Assert.Contains("only 1 lines", (await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path = "a.txt", from = 9 })).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_NewFoldersAndExistingFile_ReplacesAtOnceAndKeepsTheMode()
    {
        var tool = new WriteFileTool(_bed.Home);
        Assert.False((await ToolBed.CallAsync(tool, new { path = "a/b/c.sh", text = "1" })).IsError);
        var full = Path.Combine(_bed.Workspace, "a/b/c.sh");
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.SetUnixFileMode(full, mode);
        Assert.False((await ToolBed.CallAsync(tool, new { path = "a/b/c.sh", text = "zwei" })).IsError);
        Assert.Equal("zwei", _bed.Read("a/b/c.sh"));
        Assert.Equal(mode, File.GetUnixFileMode(full));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(full)!));
    }

    [Fact]
    public async Task Write_TooLargeOrOverAFolder_IsRefused()
    {
        Directory.CreateDirectory(Path.Combine(_bed.Workspace, "folder"));
        var tool = new WriteFileTool(_bed.Home);
        Assert.True((await ToolBed.CallAsync(tool, new { path = "a", text = new string('x', WorkspaceText.Largest + 1) })).IsError);
        Assert.True((await ToolBed.CallAsync(tool, new { path = "folder", text = "x" })).IsError);
        Assert.True((await ToolBed.CallAsync(tool, new { path = "a" })).IsError);
        Assert.Empty(Directory.GetFiles(_bed.Workspace));
    }

    [Fact]
    public async Task Edit_UniquePassage_IsReplaced()
    {
        _bed.Put("a.md", "one\ntwo\nthree\n");
        var result = await ToolBed.CallAsync(new EditFileTool(_bed.Home), new { path = "a.md", old = "two\n", @new = "2\n" });
        Assert.Equal("Changed a.md at line 2.", result.Text);
        Assert.Equal("one\n2\nthree\n", _bed.Read("a.md"));
    }

    [Theory]
    [InlineData("four", "does not occur")]
    [InlineData("o", "more than once")]
    [InlineData("aa", "more than once")]
    [InlineData("", "missing")]
    public async Task Edit_PassageNotUnique_ChangesNothingAndSaysWhy(string old, string expected)
    {
        _bed.Put("a.md", "one two aaa");
        var result = await ToolBed.CallAsync(new EditFileTool(_bed.Home), new { path = "a.md", old, @new = "x" });
        Assert.True(result.IsError);
        Assert.Contains(expected, result.Text, StringComparison.Ordinal);
        Assert.Equal("one two aaa", _bed.Read("a.md"));
    }

    [Fact]
    public async Task Edit_ManyAtOnce_LosesNone()
    {
        _bed.Put("a.md", string.Concat(Enumerable.Range(0, 40).Select(i => $"<{i}>")));
        var tool = new EditFileTool(_bed.Home);
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => ToolBed.CallAsync(tool, new { path = "a.md", old = $"<{i}>", @new = $"[{i}]" }))));
        Assert.All(results, result => Assert.False(result.IsError, result.Text));
        Assert.DoesNotContain("<", _bed.Read("a.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_DepthAndGlob_NarrowInOrdinalOrder()
    {
        _bed.Put("b.md", "x");
        _bed.Put("a/z.md", "x");
        _bed.Put("a/deep/y.txt", "x");
        var tool = new ListFilesTool(_bed.Home);
        Assert.Equal(["a/", "b.md"], Names((await ToolBed.CallAsync(tool, new { })).Text));
        Assert.Equal(["a/", "a/deep/", "a/deep/y.txt", "a/z.md", "b.md"], Names((await ToolBed.CallAsync(tool, new { depth = 3 })).Text));
        Assert.Equal(["a/z.md", "b.md"], Names((await ToolBed.CallAsync(tool, new { glob = "**/*.md" })).Text));
        Assert.True((await ToolBed.CallAsync(tool, new { path = "missing" })).IsError);
    }

    [Fact]
    public async Task Search_RegexAndGlob_FindsLines()
    {
        _bed.Put("a.md", "Alpha\nbeta 42\n");
        _bed.Put("b.txt", "beta 43\n");
        _bed.Put("c.bin", "beta 44\0");
        var tool = new SearchFilesTool(_bed.Home);
        Assert.Equal("a.md:2: beta 42\nb.txt:1: beta 43\n", (await ToolBed.CallAsync(tool, new { pattern = @"beta \d+" })).Text.ReplaceLineEndings("\n"));
        Assert.Equal("a.md:1: Alpha", (await ToolBed.CallAsync(tool, new { pattern = "alpha", glob = "*.md", ignoreCase = true })).Text.Trim());
        Assert.Equal("[no match]", (await ToolBed.CallAsync(tool, new { pattern = "alpha" })).Text);
        Assert.Contains("no regular expression", (await ToolBed.CallAsync(tool, new { pattern = "(" })).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_PatternThatBacktracksForEver_IsStopped()
    {
        _bed.Put("a.txt", new string('a', 60) + "!");
        var result = await ToolBed.CallAsync(new SearchFilesTool(_bed.Home), new { pattern = "^(a+)+$" });
        Assert.True(result.IsError);
        Assert.Contains("too long to match", result.Text, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(string listing) => listing.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0].Trim());
}
