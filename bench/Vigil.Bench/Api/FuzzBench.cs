using System.Globalization;
using Vigil.Settings;
using Vigil.Tests.Shared;

namespace Vigil.Bench.Api;

/// <summary>The fuzz of the tests, longer, against a gateway process: its memory must not grow with the number of requests.</summary>
internal static class FuzzBench
{
    private const int Parts = 10;
    private const int AtOnce = 16;

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200_000;
        var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
        await using var provider = await InstantProvider.StartAsync();
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            using var gateway = await ChildProcess.GatewayAsync(home, provider.Address);
            var fuzz = new ApiFuzz(gateway.Address, (await File.ReadAllTextAsync(home.GatewayKeyFile)).Trim(), seed);
            for (var part = 0; part < Parts; part++)
            {
                var report = await fuzz.RunAsync(part * (count / Parts), count / Parts, AtOnce);
                Console.WriteLine(FormattableString.Invariant($"{(part + 1) * (count / Parts),9:N0} requests   {gateway.MemoryMb,5} MB   slowest {report.Slowest.TotalMilliseconds,7:N0} ms   {report.Failures.Count} failures"));
                if (part < Parts - 1 && report.Failures.IsEmpty())
                    continue;
                Console.WriteLine(string.Join("   ", report.Statuses.OrderBy(status => status.Key).Select(status => FormattableString.Invariant($"{status.Key}: {status.Value:N0}"))));
                foreach (var failure in report.Failures.Take(20))
                    Console.WriteLine(failure);
                if (!report.Failures.IsEmpty())
                    return;
            }
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    private static bool IsEmpty(this IReadOnlyCollection<string> failures) => failures.Count == 0;
}
