using System.ComponentModel;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tools;
using Vigil.Tools.Shell;

namespace Vigil.Heartbeat.Probes;

/// <summary><c>{ "kind": "command", "argv": ["git", "log", "-1", "--format=%h %s"] }</c>: what a program prints. There is no shell in between; it runs in the workspace.</summary>
internal sealed class CommandProbe(VigilHome home, ISecrets secrets, TimeProvider time) : IProbe
{
    // The prober stops waiting at the probe's own limit; this is the bound of a program that outlives it.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    public string Kind => "command";

    public string? Check(AgentProfile profile, JsonObject settings)
        => settings.Texts("argv") is [{ Length: > 0 }, ..] ? null : "'argv' is no list of program and arguments; a good value is [\"git\", \"log\", \"-1\"]";

    public async Task<ProbeReading> ReadAsync(ProbeRequest request, CancellationToken cancellationToken)
    {
        if (Check(request.Profile, request.Settings) is { } problem)
            throw new ProbeException(problem);
        var named = (request.Settings["environment"] as JsonObject)?.ToDictionary(entry => entry.Key, entry => entry.Value?.ToString() ?? "") ?? [];
        if (!ChildEnvironment.TryMake(named, null, secrets, request.Profile.Id, out var environment, out var missing))
            throw new ProbeException(missing);
        var argv = request.Settings.Texts("argv")!;
        try
        {
            var end = await new ProgramRun
            {
                File = argv[0],
                Arguments = [.. argv.Skip(1)],
                WorkingDirectory = home.Workspace(request.Profile.Id),
                Environment = environment,
                Limit = s_limit,
            }.RunAsync(time, cancellationToken);
            return end.ExitCode == 0
                ? new ProbeReading(Hashes.Of(end.Output), end.Output)
                : throw new ProbeException($"{argv[0]} ended with exit code {end.ExitCode?.ToString() ?? "none"}: {LastLine(end.Output)}");
        }
        catch (Win32Exception failed)
        {
            throw new ProbeException($"{argv[0]} could not be started: {failed.Message}", failed);
        }
    }

    private static string LastLine(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [.., var last] ? last : "it printed nothing";
}
