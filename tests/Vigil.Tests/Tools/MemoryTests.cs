using Vigil.Agents;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Memory;

namespace Vigil.Tests.Tools;

public sealed class MemoryTests : IDisposable
{
    private readonly ToolBed _bed = new();
    private readonly MemoryIndex _index;

    public MemoryTests() => _index = new MemoryIndex(_bed.Home);

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Write_TwiceOnADayAndOnTheNext_GathersUnderDateHeadings()
    {
        // 23:30 in Berlin is still the 27th there.
        _bed.Time.Advance(TimeSpan.FromHours(14.5));
        await WriteAsync(new { text = "Anna likes tea." });
        await WriteAsync(new { text = "Ben moved to Rome." });
        _bed.Time.Advance(TimeSpan.FromHours(1));
        await WriteAsync(new { text = "Rain." });
        Assert.Equal("## 2026-03-27\n\nAnna likes tea.\n\nBen moved to Rome.\n\n## 2026-03-28\n\nRain.\n", _bed.Read("memory/notes.md"));
    }

    [Fact]
    public async Task Write_Replace_HasOnlyTheNewText()
    {
        await WriteAsync(new { text = "old", file = "people" });
        await WriteAsync(new { text = "new", file = "memory/people.md", mode = "replace" });
        Assert.Equal("new\n", _bed.Read("memory/people.md"));
    }

    [Theory]
    [InlineData("../SOUL")]
    [InlineData("a/../../SOUL")]
    [InlineData("/etc/passwd")]
    [InlineData("x.json")]
    public async Task Write_FileOutsideMemory_IsRefused(string file)
    {
        var result = await ToolBed.CallAsync(new MemoryWriteTool(_bed.Home, _bed.Time), new { text = "x", file });
        Assert.True(result.IsError, result.Text);
        Assert.False(Directory.Exists(Path.Combine(_bed.Workspace, "memory")));
    }

    [Fact]
    public async Task Write_BlankTextOrUnknownMode_IsRefused()
    {
        Assert.True((await ToolBed.CallAsync(new MemoryWriteTool(_bed.Home, _bed.Time), new { text = "  " })).IsError);
        Assert.True((await ToolBed.CallAsync(new MemoryWriteTool(_bed.Home, _bed.Time), new { text = "x", mode = "prepend" })).IsError);
    }

    [Fact]
    public async Task A21_ParallelWritesOfTwoAgents_LandEachInItsOwn()
    {
        var tool = new MemoryWriteTool(_bed.Home, _bed.Time);
        foreach (var agent in new[] { "alice", "bob" })
            Directory.CreateDirectory(_bed.Home.AgentDirectory(AgentId.Parse(agent)));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            var agent = i % 2 == 0 ? "alice" : "bob";
            Assert.False((await ToolBed.CallAsync(tool, new { text = $"{agent} {i}." }, ToolBed.Run(ToolBed.Profile(agent)))).IsError);
        })));
        foreach (var agent in new[] { "alice", "bob" })
        {
            var lines = File.ReadAllLines(Path.Combine(_bed.Home.Workspace(AgentId.Parse(agent)), "memory", "notes.md")).Where(line => line.Length > 0 && line[0] != '#').ToList();
            Assert.Equal(20, lines.Count);
            Assert.All(lines, line => Assert.StartsWith(agent, line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Search_RareWordsAndMoreOfThem_RankHigher()
    {
        _bed.Put("memory/a.md", "# Home\n\nThe boiler was serviced in March.\n\nThe garden needs water.\n");
        _bed.Put("memory/b.md", "# Home\n\nThe boiler is in the cellar; its service contract is with Meyer.\n");
        var found = await _index.SearchAsync(AgentId.Main, "Meyer boiler contract", 5, default);
        Assert.Equal(["memory/b.md", "memory/a.md"], found.Select(passage => passage.File));
        Assert.Equal(3, found[0].Line);
        Assert.StartsWith("# Home\nThe boiler is", found[0].Text, StringComparison.Ordinal);
        Assert.Single(await _index.SearchAsync(AgentId.Main, "boiler", 1, default));
    }

    [Theory]
    [InlineData("invoices", "The invoice of May.")]
    [InlineData("CAFE", "Das Café am Markt.")]
    [InlineData("müller", "Frau MULLER rief an.")]
    public async Task Search_OtherForms_AreFound(string words, string text)
    {
        _bed.Put("memory/a.md", text);
        Assert.Single(await _index.SearchAsync(AgentId.Main, words, 5, default));
    }

    [Fact]
    public async Task Search_AfterEditsByHand_SeesThem()
    {
        _bed.Put("memory/a.md", "blue\n");
        Assert.Single(await _index.SearchAsync(AgentId.Main, "blue", 5, default));
        var file = _bed.Put("memory/a.md", "green and more\n");
        Assert.Empty(await _index.SearchAsync(AgentId.Main, "blue", 5, default));
        Assert.Single(await _index.SearchAsync(AgentId.Main, "green", 5, default));
        File.Delete(file);
        Assert.Empty(await _index.SearchAsync(AgentId.Main, "green", 5, default));
    }

    [Fact]
    public async Task A11_AnotherAgentsMemoryIsNeverFound()
    {
        await WriteAsync(new { text = "The code is 4711." });
        var other = await ToolBed.CallAsync(new MemorySearchTool(_index), new { words = "code 4711" }, ToolBed.Run(ToolBed.Profile("bob")));
        Assert.Equal("[nothing in memory matches]", other.Text);
        Assert.Contains("4711", (await ToolBed.CallAsync(new MemorySearchTool(_index), new { words = "code" })).Text, StringComparison.Ordinal);
    }

    private async Task WriteAsync(object arguments)
    {
        var result = await ToolBed.CallAsync(new MemoryWriteTool(_bed.Home, _bed.Time), arguments);
        Assert.False(result.IsError, result.Text);
    }
}
