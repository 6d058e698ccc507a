using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.Processes;

public sealed class UpTests : HomeTest
{
    [Fact]
    public async Task FirstUp_MakesTheHomeAndSaysEverythingThatANewcomerNeeds()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        var link = await gateway.LinkAsync();
        using var client = await gateway.ClientAsync(Home);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
        Assert.Contains("Signed in", await client.GetStringAsync(link), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(link)).StatusCode);
        gateway.Signal("TERM");
        Assert.Equal(0, await gateway.EndAsync());
        Assert.Contains("OPENAI_API_KEY", gateway.Output, StringComparison.Ordinal);
        Assert.Contains(Home, gateway.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Home, "gateway.json")));
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Home));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Home, "secrets", "gateway.key")));
    }

    [Fact]
    public async Task KillMinus9AndRestart_KeepsKeysAndEvents()
    {
        string key;
        long newest;
        using (var gateway = await VigilProcess.UpAsync(Home))
        {
            using var client = await gateway.ClientAsync(Home);
            var added = await (await client.PostAsJsonAsync("/api/keys", new { name = "phone", scopes = new[] { "admin" } })).JsonAsync();
            key = added.Text("key");
            newest = (await (await client.GetAsync("/api/status")).JsonAsync()).GetProperty("events").GetProperty("newest").GetInt64();
            await gateway.KillAsync();
        }
        Assert.True(File.Exists(Path.Combine(Home, "gateway.json")));
        Assert.Equal((1, ""), Two(await VigilProcess.RunAsync(Home, "status")));
        using var again = await VigilProcess.UpAsync(Home);
        using var phone = await again.ClientAsync(Home);
        phone.DefaultRequestHeaders.Authorization = new("Bearer", key);
        var events = (await (await phone.GetAsync("/api/status")).JsonAsync()).GetProperty("events");
        Assert.Equal(1, events.GetProperty("oldest").GetInt64());
        Assert.True(events.GetProperty("newest").GetInt64() > newest);

        static (int, string) Two((int Code, string Output, string Errors) run) => (run.Code, run.Output);
    }

    [Fact]
    public async Task WhatAgentsSay_IsShownInTheTerminalOfTheGateway_EachOnce()
    {
        await using var model = await FakeModelServer.StartAsync(request => FakeModelReply.Say($"Answer {request.Number}."));
        Directory.CreateDirectory(Home);
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.json"), $$"""
            { "models": { "default": "fake/m", "providers": { "fake": { "kind": "openai", "baseUrl": "{{model.OpenAIUrl}}" } } } }
            """);
        using var gateway = await VigilProcess.UpAsync(Home);
        using var client = await gateway.ClientAsync(Home);

        for (var n = 1; n <= 3; n++)
            await client.PostAsJsonAsync("/api/work?wait=30s", new { agent = "main", prompt = "Look.", notify = "always" });

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Shown().Count < 3)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        gateway.Signal("TERM");
        await gateway.EndAsync();
        Assert.Equal(["Answer 1.", "Answer 2.", "Answer 3."], Shown());

        List<string> Shown() => [.. gateway.Output.Split('\n').Where(line => line.Contains("  main: ", StringComparison.Ordinal)).Select(line => line[(line.IndexOf("main: ", StringComparison.Ordinal) + 6)..])];
    }

    [Fact]
    public async Task CtrlC_InAChatThatStartedItsGateway_DoesNotReachTheGateway()
    {
        using var gateway = await VigilProcess.UpAsync(Home, "--until-input-ends");
        using var client = await gateway.ClientAsync(Home);
        gateway.Signal("INT");
        gateway.Signal("INT");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);
        gateway.Signal("TERM");
        Assert.Equal(0, await gateway.EndAsync());
    }

    [Fact]
    public async Task SecondGatewayOnTheSameHome_IsRefusedNamingTheProcess()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        var (code, _, errors) = await VigilProcess.RunAsync(Home, "up", "--port", "0");
        Assert.Equal(1, code);
        Assert.Contains($"process {gateway.Id}", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PortInUse_IsOneErrorThatNamesTheSetting()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (code, _, errors) = await VigilProcess.RunAsync(Home, "up", "--port", $"{port}");
        Assert.Equal(1, code);
        Assert.Single(errors.Split('\n'));
        Assert.Contains($"Port {port}", errors, StringComparison.Ordinal);
        Assert.Contains("gateway.port", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--bind", "0.0.0.0", "vigil key add")]
    [InlineData("--set", "gateway.prot=1", "port")]
    [InlineData("--set", "gateway.heartbeat.every=10s", "gateway.heartbeat.every")]
    public async Task RefusedStart_SaysWhatToSet(string option, string value, string part)
    {
        var (code, output, errors) = await VigilProcess.RunAsync(Home, "up", "--port", "0", option, value);
        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.Contains(part, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CorruptDatabase_IsOneClearError()
    {
        using (var gateway = await VigilProcess.UpAsync(Home))
        {
            gateway.Signal("INT");
            await gateway.EndAsync();
        }
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.db"), string.Concat(Enumerable.Repeat("no database\n", 1000)));
        var (code, _, errors) = await VigilProcess.RunAsync(Home, "up", "--port", "0");
        Assert.Equal(1, code);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.Contains("vigil.db", errors, StringComparison.Ordinal);
        Assert.Equal(1, (await VigilProcess.RunAsync(Home, "doctor")).Code);
    }

    [Fact]
    public async Task TestClock_IsNamedWhereTimeIsShown()
    {
        using var gateway = await VigilProcess.UpAsync(Home, new Dictionary<string, string> { ["VIGIL_TEST_CLOCK"] = "2026-03-29T00:00:00Z@60" });
        using var client = await gateway.ClientAsync(Home);
        var status = await (await client.GetAsync("/api/status")).JsonAsync();
        Assert.True(status.GetProperty("testClock").GetBoolean());
        Assert.Equal(new DateOnly(2026, 3, 29), DateOnly.FromDateTime(status.GetProperty("now").GetDateTimeOffset().UtcDateTime));
        Assert.Contains("test clock", (await VigilProcess.RunAsync(Home, "status")).Output, StringComparison.Ordinal);
        gateway.Signal("INT");
        Assert.Equal(0, await gateway.EndAsync());
        Assert.Contains("test clock", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_OfABrokenFile_KeepsTheLastGoodSettingsAndIsAnEvent()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        using var client = await gateway.ClientAsync(Home);
        using var reader = await SseReader.OpenAsync(client, "/api/events?after=0&type=config.");
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.json"), "{ \"gateway\": { \"heartbeat\": { \"every\": \"soon\" } } }");
        var rejected = await reader.EventAsync();
        Assert.Equal("config.rejected", rejected!.Type);
        Assert.Contains("gateway.heartbeat.every", rejected.Data, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.json"), "{ \"gateway\": { \"heartbeat\": { \"every\": \"1h\" } } }");
        Assert.Equal("config.reloaded", (await reader.EventAsync())!.Type);
    }

    [Fact]
    public async Task JsonLog_IsOneObjectALineAndHoldsNoKey()
    {
        using var gateway = await VigilProcess.UpAsync(Home, "--log", "json");
        using var client = await gateway.ClientAsync(Home);
        using var reader = await SseReader.OpenAsync(client, "/api/events?after=0&type=config.");
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.json"), "{ \"timezone\": \"Europe/Paris\" }");
        await reader.EventAsync();
        gateway.Signal("TERM");
        await gateway.EndAsync();
        var lines = gateway.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json).ToList();
        Assert.Contains(lines, line => line.Text("message").Contains("took effect", StringComparison.Ordinal));
        Assert.DoesNotContain("vgl_", gateway.Errors, StringComparison.Ordinal);
    }
}
