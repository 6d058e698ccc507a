using System.Diagnostics;

namespace Vigil.Bench.Work;

/// <summary>The long run of the chaos tests. They kill, count and judge; this only asks for more kills.</summary>
internal static class ChaosBench
{
    private const string Tests = "tests/Vigil.Chaos.Tests";

    public static async Task RunAsync(string[] args)
    {
        var which = args.ElementAtOrDefault(1) switch { "sqlite" => "SingleGatewayTests", "postgres" => "ClusterTests", _ => "Kills" };
        if (!Directory.Exists(Tests))
            throw new InvalidOperationException($"Start it where {Tests} is: at the root of the repository.");
        using var run = Process.Start(new ProcessStartInfo("dotnet", ["test", Tests, "--nologo", "--filter", $"FullyQualifiedName~{which}", "--logger", "console;verbosity=detailed"])
        {
            Environment = { ["VIGIL_CHAOS_KILLS"] = args.FirstOrDefault() ?? "500" },
        })!;
        await run.WaitForExitAsync();
        if (run.ExitCode != 0)
            throw new InvalidOperationException("Not all of it holds; what failed stands above, with the seed that brings it back.");
    }
}
