using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Settings;
using Vigil.Tests.Tools.Support;

namespace Vigil.Tests.Tools.Mcp;

/// <summary>Against real servers from npm, over stdio and over streamable HTTP.</summary>
public sealed class McpServersTests : IAsyncLifetime
{
    private readonly McpBed _bed = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task Everything_OverStdio_ListsAndAnswersInEveryShape()
    {
        var run = _bed.Run("main", ("every", await McpBed.NpmAsync("server-everything", "stdio")));
        var names = (await _bed.ToolsAsync(run)).Select(tool => tool.Definition.Name).ToList();
        Assert.Contains("every__echo", names);
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Contains("hello", McpBed.Inner(await _bed.CallAsync(run, "every__echo", new() { ["message"] = "hello" })), StringComparison.Ordinal);
        Assert.Matches(@"\[image, image/png, \d+ kB\]", (await _bed.CallAsync(run, "every__get-tiny-image")).Text);
        Assert.Contains("temperature", (await _bed.CallAsync(run, "every__get-structured-content", new() { ["location"] = "New York" })).Text, StringComparison.Ordinal);
        var wrong = await _bed.CallAsync(run, "every__echo", new() { ["message"] = 5 });
        Assert.Contains("'message' must be string", wrong.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filesystem_OverStdio_ReadsTheWorkspaceWithTheAllowedTools()
    {
        _bed.Home.Put("note.txt", "written by hand");
        var settings = await McpBed.NpmAsync("server-filesystem", _bed.Home.Workspace);
        var run = _bed.Run("main", ("files", settings with { Allow = ["read_*", "files__list_directory"], Deny = ["read_m*"] }));
        Assert.Equal(["files__list_directory", "files__read_file", "files__read_text_file"], (await _bed.ToolsAsync(run)).Select(tool => tool.Definition.Name));
        var read = await _bed.CallAsync(run, "files__read_text_file", new() { ["path"] = Path.Combine(_bed.Home.Workspace, "note.txt"), ["head"] = null });
        Assert.False(read.IsError, read.Text);
        Assert.Equal("written by hand", McpBed.Inner(read));
        var outside = await _bed.CallAsync(run, "files__read_text_file", new() { ["path"] = "/etc/passwd" });
        Assert.True(outside.IsError);
    }

    [Fact]
    public async Task Everything_OverStreamableHttp_Answers()
    {
        var stdio = await McpBed.NpmAsync("server-everything", "streamableHttp");
        var port = FreePort();
        var start = new ProcessStartInfo(stdio.Command!, stdio.Args) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["PORT"] = port.ToString();
        using var server = Process.Start(start)!;
        try
        {
            while (await server.StandardError.ReadLineAsync() is { } line && !line.Contains("listening", StringComparison.Ordinal))
            {
            }
            var run = _bed.Run("main", ("every", new McpServerSettings { Url = $"http://127.0.0.1:{port}/mcp" }));
            Assert.Contains("over http", McpBed.Inner(await _bed.CallAsync(run, "every__echo", new() { ["message"] = "over http" })), StringComparison.Ordinal);
        }
        finally
        {
            await _bed.Servers.DisposeAsync();
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Http_Headers_CarryTheAgentsSecretToThatAddressAlone()
    {
        var seen = new List<(string Path, string Authorization)>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var web = builder.Build();
        web.Run(context =>
        {
            lock (seen)
                seen.Add((context.Request.Path, context.Request.Headers.Authorization.ToString()));
            context.Response.Redirect("/elsewhere", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        });
        await web.StartAsync();
        var address = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        _bed.Secrets.Values[("main", "file:auth")] = "Bearer t0ken-of-main";
        var run = _bed.Run("main", ("web", new McpServerSettings { Url = $"{address}/mcp", Headers = new Dictionary<string, string> { ["Authorization"] = "file:auth" } }));
        Assert.Empty(await _bed.ToolsAsync(run));
        Assert.NotEmpty(seen);
        Assert.All(seen, request => Assert.Equal(("/mcp", "Bearer t0ken-of-main"), request));
        Assert.DoesNotContain("t0ken-of-main", Assert.Single(_bed.Servers.Status()).ToString(), StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
