using Vigil.Agents;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Files;

namespace Vigil.Tests.Tools.Files;

public sealed class ConfinementTests : IDisposable
{
    private readonly ToolBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Theory]
    [InlineData("../agent.json")]
    [InlineData("agent.json")]
    public async Task A13_NoFileToolReadsOrChangesTheAgentsSettings(string path)
    {
        var before = File.ReadAllText(_bed.Home.AgentFile(AgentId.Main));
        foreach (var result in new[]
        {
            await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path }),
            await ToolBed.CallAsync(new WriteFileTool(_bed.Home), new { path, text = "{}" }),
            await ToolBed.CallAsync(new EditFileTool(_bed.Home), new { path, old = "secret", @new = "x" }),
        })
        {
            Assert.True(result.IsError);
            Assert.DoesNotContain("secret/settings", result.Text, StringComparison.Ordinal);
        }
        Assert.Equal(before, File.ReadAllText(_bed.Home.AgentFile(AgentId.Main)));
        Assert.False(File.Exists(Path.Combine(_bed.Workspace, "agent.json")));
    }

    [Fact]
    public async Task A12_AnotherAgentsMemoryIsOutOfReach()
    {
        var memory = Path.Combine(_bed.Home.Workspace(AgentId.Parse("alice")), "memory");
        Directory.CreateDirectory(memory);
        File.WriteAllText(Path.Combine(memory, "notes.md"), "alice's secret");
        foreach (var path in new[] { Path.Combine(memory, "notes.md"), "../../alice/workspace/memory/notes.md" })
        {
            var result = await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path });
            Assert.True(result.IsError);
            Assert.DoesNotContain("alice's secret", result.Text, StringComparison.Ordinal);
        }
        Assert.True((await ToolBed.CallAsync(new ListFilesTool(_bed.Home), new { path = "../../alice" })).IsError);
    }

    [Theory]
    [InlineData("file-link")]
    [InlineData("folder-link/agent.json")]
    [InlineData("chain/agent.json")]
    public async Task Read_LinkThatLeaves_IsRefused(string path)
    {
        Links();
        var result = await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path });
        Assert.True(result.IsError);
        Assert.DoesNotContain("secret/settings", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_ThroughAFolderLinkThatLeaves_IsRefused()
    {
        Links();
        var result = await ToolBed.CallAsync(new WriteFileTool(_bed.Home), new { path = "folder-link/new.txt", text = "x" });
        Assert.True(result.IsError);
        Assert.False(File.Exists(Path.Combine(_bed.Home.AgentDirectory(AgentId.Main), "new.txt")));
    }

    [Fact]
    public async Task Write_OverALinkThatLeaves_ReplacesTheLinkAndNotItsTarget()
    {
        Links();
        var result = await ToolBed.CallAsync(new WriteFileTool(_bed.Home), new { path = "file-link", text = "mine" });
        Assert.False(result.IsError, result.Text);
        Assert.Null(new FileInfo(Path.Combine(_bed.Workspace, "file-link")).LinkTarget);
        Assert.Contains("secret/settings", File.ReadAllText(_bed.Home.AgentFile(AgentId.Main)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_MissingFolderBehindALinkThatLeaves_MakesNothingOutside()
    {
        Links();
        Assert.True((await ToolBed.CallAsync(new WriteFileTool(_bed.Home), new { path = "folder-link/a/b.txt", text = "x" })).IsError);
        Assert.False(Directory.Exists(Path.Combine(_bed.Home.AgentDirectory(AgentId.Main), "a")));
    }

    [Fact]
    public async Task ListAndSearch_LinksThatLeave_AreNotEntered()
    {
        Links();
        _bed.Put("inside.txt", "secret of my own");
        var listed = await ToolBed.CallAsync(new ListFilesTool(_bed.Home), new { depth = 5 });
        Assert.Contains("folder-link (link)", listed.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("agent.json", listed.Text, StringComparison.Ordinal);
        var found = await ToolBed.CallAsync(new SearchFilesTool(_bed.Home), new { pattern = "secret" });
        Assert.Equal("inside.txt:1: secret of my own", found.Text.Trim());
        Assert.True((await ToolBed.CallAsync(new ListFilesTool(_bed.Home), new { path = "folder-link" })).IsError);
    }

    [Fact]
    public async Task ReadAndWrite_LinkSwappedInWhileTheyRun_NeverLeaves()
    {
        // One side swaps the folder for a link that leaves and back, as fast as it can; the other reads and writes through it.
        const int Rounds = 3000;
        var folder = Path.Combine(_bed.Workspace, "swap");
        var aside = Path.Combine(_bed.Workspace, "aside");
        var link = Path.Combine(_bed.Workspace, "link");
        var outside = _bed.Home.AgentDirectory(AgentId.Main);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "agent.json"), "inside");
        Directory.CreateSymbolicLink(link, outside);
        using var done = new CancellationTokenSource();
        var swapping = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                Directory.Move(folder, aside);
                Put(link, folder);
                Directory.Move(folder, link);
                Put(aside, folder);
            }
        });
        var workspace = new Workspace(_bed.Workspace);
        Assert.True(WorkspacePath.Resolve("swap/agent.json", out var read, out _));
        Assert.True(WorkspacePath.Resolve("swap/planted.txt", out var planted, out _));
        var hits = 0;
        for (var i = 0; i < Rounds; i++)
        {
            if (workspace.OpenRead(read).Value is { } stream)
            {
                using var reader = new StreamReader(stream);
                Assert.Equal("inside", await reader.ReadToEndAsync());
                hits++;
            }
            if (i % 10 == 0)
                workspace.Write(planted, "x");
        }
        await done.CancelAsync();
        await swapping;
        Assert.True(hits > 0, "The folder was never seen; the race was not run.");
        Assert.False(File.Exists(Path.Combine(outside, "planted.txt")));
        Assert.Empty(Directory.GetFiles(outside, ".vigil-tmp-*"));
    }

    [Fact]
    public async Task Read_LinkThatStaysInside_IsFollowed()
    {
        _bed.Put("real/a.txt", "here");
        Directory.CreateSymbolicLink(Path.Combine(_bed.Workspace, "alias"), "real");
        Assert.Equal("here\n", (await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path = "alias/a.txt" })).Text);
    }

    [Fact]
    public async Task Read_PipeOrFolder_IsRefusedAndDoesNotHang()
    {
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(_bed.Workspace, "pipe")]))
            await mkfifo.WaitForExitAsync();
        Directory.CreateDirectory(Path.Combine(_bed.Workspace, "folder"));
        Assert.Contains("no plain file", (await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path = "pipe" })).Text, StringComparison.Ordinal);
        Assert.Contains("is a folder", (await ToolBed.CallAsync(new ReadFileTool(_bed.Home), new { path = "folder" })).Text, StringComparison.Ordinal);
    }

    private static void Put(string from, string to)
    {
        while (true)
        {
            try
            {
                Directory.Move(from, to);
                return;
            }
            catch (IOException)
            {
                // The writer found the folder missing and made it anew.
                Directory.Move(to, $"{to}-{Guid.NewGuid():N}");
            }
        }
    }

    private void Links()
    {
        var outside = _bed.Home.AgentDirectory(AgentId.Main);
        File.CreateSymbolicLink(Path.Combine(_bed.Workspace, "file-link"), _bed.Home.AgentFile(AgentId.Main));
        Directory.CreateSymbolicLink(Path.Combine(_bed.Workspace, "folder-link"), outside);
        Directory.CreateSymbolicLink(Path.Combine(_bed.Workspace, "chain"), "folder-link");
    }
}
