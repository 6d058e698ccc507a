using System.Globalization;
using System.Security.Cryptography;
using Xunit.Abstractions;

namespace Vigil.Chaos.Tests.Support;

/// <summary>Every random run says how to have it again: <c>VIGIL_CHAOS_SEED</c>. <c>VIGIL_CHAOS_KILLS</c> makes a longer one of it, as the bench <c>chaos</c> does.</summary>
internal static class Seeds
{
    public static int New(ITestOutputHelper output)
    {
        var given = Environment.GetEnvironmentVariable("VIGIL_CHAOS_SEED");
        var seed = given is { Length: > 0 } ? int.Parse(given, CultureInfo.InvariantCulture) : RandomNumberGenerator.GetInt32(1_000_000);
        output.WriteLine($"VIGIL_CHAOS_SEED={seed}");
        return seed;
    }

    public static int Kills(int usually)
        => Environment.GetEnvironmentVariable("VIGIL_CHAOS_KILLS") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : usually;

    public static Random Random(int seed) => new(seed);
}
