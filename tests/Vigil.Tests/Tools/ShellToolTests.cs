using System.Net;
using System.Net.Sockets;
using Vigil.Settings;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Shell;

namespace Vigil.Tests.Tools;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ShellToolTests : IDisposable
{
    private readonly ToolBed _bed = new();
    private readonly FakeSecrets _secrets = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Shell_AllowedProgram_GetsItsArgumentsAsTheyAre()
    {
        var result = await ToolBed.CallAsync(Tool("printf"), new { program = "printf", args = new[] { "%s|", "a b", "$HOME", "; rm -rf /", "*" } });
        Assert.Equal("a b|$HOME|; rm -rf /|*|\n[exit code 0]", result.Text);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("/usr/bin/printf")]
    [InlineData("printf;ls")]
    [InlineData("../printf")]
    [InlineData("PRINTF")]
    public async Task Shell_ProgramNotOnTheList_IsRefused(string program)
    {
        var result = await ToolBed.CallAsync(Tool("printf"), new { program, args = new[] { "x" } });
        Assert.True(result.IsError);
        Assert.Contains("may not be run here", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shell_ModeOff_RunsNothing()
    {
        var tool = new ShellTool(_bed.Home, _secrets, _bed.Time, new ShellSettings { Allow = ["printf"] });
        Assert.True((await ToolBed.CallAsync(tool, new { program = "printf", args = new[] { "x" } })).IsError);
    }

    [Fact]
    public async Task Shell_ProgramInTheWorkspace_IsNotFoundThere()
    {
        var file = _bed.Put("mytool", "#!/bin/sh\necho planted\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var result = await ToolBed.CallAsync(Tool("mytool"), new { program = "mytool" });
        Assert.True(result.IsError);
        Assert.Contains("no such program", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A17_TheChildsEnvironmentHasOnlyWhatTheSettingsName()
    {
        _secrets.Values[("main", "env:PROJECT_TOKEN")] = "t0ken";
        var named = new Dictionary<string, string> { ["TOKEN"] = "env:PROJECT_TOKEN", ["PLAIN"] = "value" };
        var result = await ToolBed.CallAsync(Tool("env", named), new { program = "env" });
        var variables = result.Text.Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal)).ToDictionary(line => line.Split('=')[0], line => line.Split('=', 2)[1], StringComparer.Ordinal);
        Assert.Equal(["HOME", "LANG", "PATH", "PLAIN", "TOKEN"], variables.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(_bed.Workspace, variables["HOME"]);
        Assert.Equal("t0ken", variables["TOKEN"]);
        Assert.Equal("value", variables["PLAIN"]);
    }

    [Fact]
    public async Task A15_AMissingSecret_RunsNothingAndNamesTheReference()
    {
        _secrets.Values[("bob", "env:PROJECT_TOKEN")] = "bobs";
        var result = await ToolBed.CallAsync(Tool("env", new Dictionary<string, string> { ["TOKEN"] = "env:PROJECT_TOKEN" }), new { program = "env" });
        Assert.True(result.IsError);
        Assert.Contains("env:PROJECT_TOKEN", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("bobs", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shell_FolderAndInput_AreUsedAndConfined()
    {
        _bed.Put("sub/a.txt", "x");
        Assert.StartsWith("a.txt", (await ToolBed.CallAsync(Tool("ls"), new { program = "ls", folder = "sub" })).Text, StringComparison.Ordinal);
        Assert.Equal("fed\n[exit code 0]", (await ToolBed.CallAsync(Tool("cat"), new { program = "cat", input = "fed" })).Text);
        Directory.CreateSymbolicLink(Path.Combine(_bed.Workspace, "out"), "/");
        Assert.True((await ToolBed.CallAsync(Tool("ls"), new { program = "ls", folder = "out" })).IsError);
        Assert.True((await ToolBed.CallAsync(Tool("ls"), new { program = "ls", folder = "../.." })).IsError);
    }

    [Fact]
    public async Task Shell_ExitCodeAndErrorOutput_AreShown()
    {
        var result = await ToolBed.CallAsync(Tool("sh"), new { program = "sh", args = new[] { "-c", "echo out; echo err >&2; exit 3" } });
        Assert.True(result.IsError);
        Assert.Contains("out", result.Text, StringComparison.Ordinal);
        Assert.Contains("err", result.Text, StringComparison.Ordinal);
        Assert.EndsWith("[exit code 3]", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shell_EndlessOutput_IsCutWithoutHoldingTheProgramUp()
    {
        var result = await ToolBed.CallAsync(Tool("sh"), new { program = "sh", args = new[] { "-c", "head -c 1000000 /dev/zero | tr '\\0' x" } });
        Assert.False(result.IsError, result.Text[^200..]);
        Assert.Contains("[cut: 940000 more characters of output]", result.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Shell_LimitPassedOrRunCancelled_KillsTheWholeTree(bool cancel)
    {
        // The grandchild says its process id over a socket, so the test knows that all of the tree is there.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var script = $"sleep 600 & echo $! > /dev/tcp/127.0.0.1/{((IPEndPoint)listener.LocalEndpoint).Port}; wait";
        using var cancelled = new CancellationTokenSource();
        var call = ToolBed.CallAsync(Tool("bash"), new { program = "bash", args = new[] { "-c", script } }, cancellationToken: cancelled.Token);
        using var socket = await listener.AcceptSocketAsync();
        using var reader = new StreamReader(new NetworkStream(socket));
        using var grandchild = System.Diagnostics.Process.GetProcessById(int.Parse((await reader.ReadLineAsync())!, null));
        if (cancel)
        {
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }
        else
        {
            _bed.Time.Advance(TimeSpan.FromSeconds(60));
            var result = await call;
            Assert.True(result.IsError);
            Assert.EndsWith("[stopped: it ran longer than 60 s]", result.Text, StringComparison.Ordinal);
        }
        await grandchild.WaitForExitAsync();
        Assert.True(grandchild.HasExited);
    }

    private ShellTool Tool(string program, IReadOnlyDictionary<string, string>? environment = null)
        => new(_bed.Home, _secrets, _bed.Time, new ShellSettings { Mode = ShellMode.AllowList, Allow = [program], Environment = environment ?? new Dictionary<string, string>() });
}
