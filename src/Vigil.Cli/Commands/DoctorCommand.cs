using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;
using Vigil.Channels;
using Vigil.Cli.Client;
using Vigil.Cli.Diagnosis;
using Vigil.Cli.Terminal;
using Vigil.Diagnosis;
using Vigil.Errors;
using Vigil.Gateway.Admin;
using Vigil.Models;
using Vigil.Settings;

namespace Vigil.Cli.Commands;

internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "doctor", "Look whether everything is well, with or without a running gateway, and say how to mend what is not. Exit 1 when something is wrong.", "vigil doctor", "vigil doctor --json");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (report, running) = await ExamineAsync(parsed, cancellationToken);
            if (parsed.GetValue(Shared.Json))
                Output.Json(new { ok = !report.HasErrors, gateway = running ? "running" : "not running", findings = report.Findings });
            else
                Show(report, running);
            return report.HasErrors ? CommandLine.Failed : CommandLine.Done;
        });
        return command;
    }

    private static async Task<(DoctorReport Report, bool Running)> ExamineAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            using var client = Shared.Client(parsed);
            return (new DoctorReport((await client.GetAsync<Diagnosed>("/api/doctor", cancellationToken)).Findings), true);
        }
        catch (FaultException absent) when (absent.Fault == GatewayClient.NotRunning)
        {
            return (await OfflineAsync(Shared.HomeOf(parsed), cancellationToken), false);
        }
    }

    private static async Task<DoctorReport> OfflineAsync(VigilHome home, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(home.Root))
            return new DoctorReport([Finding.Warn("home", $"there is none at {home.Root}", "Make one by starting the gateway: vigil up")]);
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddSettingsReaders(SettingsInputs.OfProcess(home), new Redaction())
            .AddVigilModels()
            .AddVigilChannels()
            .AddVigilDoctor(DoctorProbesOf.Offline)
            .BuildServiceProvider();
        return await services.GetRequiredService<Doctor>().ExamineAsync(cancellationToken);
    }

    private static void Show(DoctorReport report, bool running)
    {
        Output.Line(running ? "The gateway is running." : "The gateway is not running; looked at its home.");
        foreach (var finding in report.Findings)
        {
            var (mark, colour) = finding.Level switch
            {
                FindingLevel.Ok => ("ok   ", "green"),
                FindingLevel.Warn => ("warn ", "yellow"),
                _ => ("ERROR", "red"),
            };
            Output.Marked(mark, colour, $"{finding.Area}: {finding.Message}");
            if (finding.Fix is { } fix)
                Output.Line($"      → {fix.ReplaceLineEndings("\n        ")}");
        }
    }
}
