using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Channels;
using Vigil.Diagnosis;
using Vigil.Settings;
using Vigil.Testing;
using Vigil.Tests.Settings;

namespace Vigil.Tests.Diagnosis;

public sealed class DoctorTests : IDisposable
{
    private readonly TempHome _home = new TempHome().Set("gateway.port=0");

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Examine_FreshHome_HasNoErrorsAndAFixForEachWarning()
    {
        var report = await Examine();
        Assert.False(report.HasErrors, string.Join('\n', report.Findings));
        Assert.Equal(["agents", "channels", "checklists", "clock", "disk", "plugins", "port", "routes", "secrets", "settings"], report.Findings.Select(finding => finding.Area).Distinct().Order());
        Assert.All(report.Findings, finding => Assert.True(finding.Level == FindingLevel.Ok || finding.Fix is { Length: > 0 }));
    }

    [Fact]
    public async Task Examine_ChecklistWithATagThatIsNotUnderstood_NamesItsLine()
    {
        _home.Agent("owl", "{}");
        Directory.CreateDirectory(_home.Home.Workspace(Vigil.Agents.AgentId.Parse("owl")));
        File.WriteAllText(Path.Combine(_home.Home.Workspace(Vigil.Agents.AgentId.Parse("owl")), "HEARTBEAT.md"), "# Day\n- [every 4h] Mail\n- [every 5 parsecs] Stars\n");

        var finding = Assert.Single((await Examine()).Findings, finding => finding.Area == "checklists");

        Assert.Equal(FindingLevel.Warn, finding.Level);
        Assert.StartsWith("owl, HEARTBEAT.md:3:", finding.Message, StringComparison.Ordinal);
        Assert.Equal("A good value: every 4h.", finding.Fix);
    }

    [Fact]
    public async Task Examine_ChannelsThatWouldTellNobody_AreErrors()
    {
        _home.Settings("""
            { "notify": { "channels": {
                "pigeon": { "bob": {} },
                "webhook": { "good": { "url": "https://example.org/hook" }, "phone": { "ulr": "https://example.org/hook" }, "desk": { "url": "https://example.org/hook", "secret": "env:NOT_THERE" } },
                "command": { "bell": { "argv": "beep" } } } } }
            """);
        var findings = (await Examine()).Findings;
        AssertFinding(findings, FindingLevel.Error, "channels", "pigeon:bob");
        AssertFinding(findings, FindingLevel.Error, "channels", "webhook:phone: \"url\" must be");
        AssertFinding(findings, FindingLevel.Error, "channels", "NOT_THERE");
        AssertFinding(findings, FindingLevel.Error, "channels", "command:bell: \"argv\" must be");
        Assert.DoesNotContain(findings, finding => finding.Message.Contains("webhook:good", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Examine_EverythingBroken_NamesEachWithItsFix()
    {
        _home.Agent("coder", """{ "modle": "x" }""").Agent("owl", """{ "model": "openai/x", "mayAsk": ["nobody"] }""");
        Directory.CreateDirectory(Path.Combine(_home.Home.Agents, "Bad Name"));
        _home.Routes("""{ "routes": [ { "match": { "platform": "x" }, "agent": "owl" }, { "match": { "platform": "x", "chat_id": "1" }, "agent": "owl" } ] }""");
        var findings = (await Examine()).Findings;
        AssertFinding(findings, FindingLevel.Error, "agents", "modle");
        AssertFinding(findings, FindingLevel.Error, "agents", "OPENAI_API_KEY");
        AssertFinding(findings, FindingLevel.Warn, "agents", "nobody");
        AssertFinding(findings, FindingLevel.Warn, "agents", "Bad Name");
        AssertFinding(findings, FindingLevel.Warn, "routes", "never reached");
    }

    [Fact]
    public async Task Examine_BrokenSettings_StillLooksAtTheRest()
    {
        _home.Settings("""{ "gatway": {} }""");
        var report = await Examine();
        Assert.True(report.HasErrors);
        AssertFinding(report.Findings, FindingLevel.Error, "settings", "gatway");
        AssertFinding(report.Findings, FindingLevel.Warn, "agents", "vigil.json is broken");
        AssertFinding(report.Findings, FindingLevel.Ok, "secrets", "only you");
    }

    [Fact]
    public async Task Examine_OpenSecret_IsAnErrorWithTheCommand()
    {
        if (OperatingSystem.IsWindows())
            return;
        _home.Secret("key", "value", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var finding = AssertFinding((await Examine()).Findings, FindingLevel.Error, "secrets", "mode 0404");
        Assert.Equal($"chmod 600 {Path.Combine(_home.Home.Secrets, "key")}", finding.Fix);
    }

    [Theory]
    [InlineData(true, FindingLevel.Ok)]
    [InlineData(false, FindingLevel.Error)]
    public async Task Examine_PortInUse_IsFineOnlyIfItIsOurs(bool ours, FindingLevel level)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        _home.Set($"gateway.port={port}");
        var findings = (await Examine(new DoctorProbes { IsOurGateway = (_, _) => Task.FromResult(ours) })).Findings;
        AssertFinding(findings, level, "port", port.ToString());
    }

    [Fact]
    public async Task Examine_ClockInThePast_IsAnError()
    {
        var findings = await new ClockCheck(_home.Inputs, new VirtualClock(DateTimeOffset.UnixEpoch)).LookAsync(CancellationToken.None);
        AssertFinding(findings, FindingLevel.Error, "clock", "1970");
    }

    [Fact]
    public async Task Examine_Model_IsAskedThroughTheProbe()
    {
        _home.Settings("""{ "models": { "default": "ollama/qwen3" } }""");
        AssertFinding((await Examine(new DoctorProbes { ModelReach = (_, _, _) => Task.FromResult<string?>(null) })).Findings, FindingLevel.Ok, "model", "ollama/qwen3");
        AssertFinding((await Examine(new DoctorProbes { ModelReach = (_, _, _) => Task.FromResult<string?>("refused") })).Findings, FindingLevel.Error, "model", "refused");
    }

    [Fact]
    public async Task Examine_CheckThatThrowsOrHangs_IsAFindingOfItsOwn()
    {
        var clock = new VirtualClock();
        _home.Redaction.Add("value-of-secret");
        var doctor = new Doctor(
            [
                new DelegatedCheck("store", _ => throw new IOException("broken with value-of-secret")),
                new DelegatedCheck("model", async token =>
                {
                    await new TaskCompletionSource().Task.WaitAsync(token);
                    return [];
                }),
            ],
            _home.Redaction, clock);
        var examining = doctor.ExamineAsync(CancellationToken.None);
        await clock.WaitForTimersAsync(1);
        clock.Advance(Doctor.CheckLimit);
        var report = await examining;
        Assert.Equal(["store", "model"], report.Findings.Select(finding => finding.Area));
        Assert.All(report.Findings, finding => Assert.Equal(FindingLevel.Error, finding.Level));
        Assert.DoesNotContain("value-of-secret", report.Findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_AsJson_HasLowerCaseLevels()
        => Assert.Contains("\"level\":\"warn\"", JsonSerializer.Serialize(new DoctorReport([Finding.Warn("disk", "x", "y")]), JsonSerializerOptions.Web), StringComparison.Ordinal);

    private async Task<DoctorReport> Examine(DoctorProbes? probes = null)
    {
        var services = new ServiceCollection().AddSingleton<TimeProvider>(_home.Clock);
        services.AddSettingsReaders(_home.Inputs, _home.Redaction).AddVigilChannels().AddVigilDoctor(_ => probes ?? new DoctorProbes());
        await using var provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<Doctor>().ExamineAsync(CancellationToken.None);
    }

    private static Finding AssertFinding(IReadOnlyList<Finding> findings, FindingLevel level, string area, string text)
        => Assert.Single(findings, finding => finding.Level == level && finding.Area == area && finding.Message.Contains(text, StringComparison.Ordinal));
}
