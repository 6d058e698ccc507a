using Vigil.Gateway.Tests.Support;
using Vigil.Keys;
using Vigil.Testing.Models;
using Vigil.Tests.Shared;

namespace Vigil.Gateway.Tests.OpenApi;

public sealed class FuzzTests
{
    private const int Seed = 8;
    private const int Count = 5_000;

    [Fact]
    public async Task MutatedRequests_NeverA500NeverAHangNeverAnotherAgentsData()
    {
        // Some requests wait for what time brings: this clock goes.
        await using var host = await ApiHost.StartAsync(made => made.Time = TimeProvider.System);
        host.Models.Answer = request => FakeModelReply.Say(request.Body.Contains(ApiFuzz.Secret, StringComparison.Ordinal) ? ApiFuzz.Secret : "ok");

        var report = await new ApiFuzz(host.Address, await host.NewKeyAsync(scopes: KeyScopes.All), Seed).RunAsync(0, Count, atOnce: 8);

        Assert.True(report.Failures.Count == 0, string.Join('\n', report.Failures.Take(20)) + "\nThe log:\n" + string.Join('\n', host.Log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).Take(10)));
        Assert.True(report.Statuses.GetValueOrDefault(200) > Count / 10, "Too few requests came through to mean anything.");
        Assert.True(report.Statuses.GetValueOrDefault(400) > Count / 10, "Too few requests were wrong to mean anything.");
    }
}
