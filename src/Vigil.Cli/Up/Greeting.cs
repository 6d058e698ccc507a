using Microsoft.Extensions.DependencyInjection;
using Vigil.Cli.Terminal;
using Vigil.Keys;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Cli.Up;

/// <summary>What <c>vigil up</c> says once the gateway listens.</summary>
internal static class Greeting
{
    public static async Task PrintAsync(IServiceProvider services, VigilHome home, string address, ApiKey key, DetectedModel model, bool fresh, TimeProvider time, CancellationToken cancellationToken)
    {
        var token = await services.GetRequiredService<ISignInStore>().IssueAsync(key.Id, cancellationToken);
        if (fresh)
            Output.Say($"A new home was made in {home.Root}, with an agent called main.");
        Output.Say($"Vigil listens on {address}");
        Output.Say($"  Sign in (once, within ten minutes): {address}/signin?token={token}");
        Output.Say($"  {model.Message.ReplaceLineEndings("\n  ")}");
        Output.Say($"  Home {home.Root}. Talk to your agent: vigil chat. Stop with Ctrl-C.");
        if (time is TestClock)
            Output.Say($"  This gateway runs on a test clock: {time.GetUtcNow():u}.");
    }
}
