using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vigil.Agents;
using Vigil.Embedding;
using Vigil.Errors;
using Vigil.Testing.Models;
using Vigil.Turns;

namespace Vigil.Gateway.Tests.Embedding;

public sealed class EmbeddedTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vigil-");

    private string Home => Path.Combine(_directory.FullName, "home");

    [Fact]
    public async Task Sample_BeatsAndTellsItsConsole()
    {
        using var sample = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Vigil.Samples.Embedded.dll"), Home])
        {
            WorkingDirectory = _directory.FullName,
            RedirectStandardOutput = true,
        })!;
        var seen = new List<string>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            string? line;
            while ((line = await sample.StandardOutput.ReadLineAsync(patience.Token)) is not null && line != "main: The kettle is on.")
                seen.Add(line);
            Assert.True(line is not null, string.Join('\n', seen));
        }
        finally
        {
            sample.Kill();
            await sample.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task AddVigil_TheAppsClient_IsAskedUnderItsOwnModel()
    {
        var client = new ScriptedChatClient { Answer = _ => [new TextContent("Hello.")] };
        using var host = await StartAsync(services => services.AddSingleton<IChatClient>(client));

        var answer = await host.Services.GetRequiredService<ChatTurns>().RunAsync(
            new ChatRequest { Agent = AgentId.Main, Input = [new ChatMessage(ChatRole.User, "hi")] }, Silent.Instance, CancellationToken.None);

        Assert.Equal("Hello.", answer.Turn.Text);
        Assert.Null(Assert.Single(client.Requests).Model);
        await host.StopAsync();
    }

    [Fact]
    public async Task AddVigil_WithoutAClient_SaysSo()
    {
        using var host = await StartAsync(_ => { });

        var answer = await host.Services.GetRequiredService<ChatTurns>().RunAsync(
            new ChatRequest { Agent = AgentId.Main, Input = [new ChatMessage(ChatRole.User, "hi")] }, Silent.Instance, CancellationToken.None);

        Assert.Contains("IChatClient", answer.Turn.Failure?.Message, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task AddVigil_AHomeThatIsTaken_IsRefused()
    {
        using var first = await StartAsync(_ => { });

        Assert.Equal("home_in_use", (await Assert.ThrowsAsync<FaultException>(() => StartAsync(_ => { }))).Fault.Code);
        await first.StopAsync();
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task<IHost> StartAsync(Action<IServiceCollection> more)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        more(builder.Services);
        builder.Services.AddVigil(vigil => vigil.Home = Home);
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private sealed class Silent : ITurnObserver
    {
        public static Silent Instance { get; } = new();
    }
}
