using Npgsql;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;
using Vigil.Tests.Shared;

namespace Vigil.Gateway.Tests.Processes;

/// <summary>Two gateways on one PostgreSQL.</summary>
public sealed class NodeTests : HomeTest
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task TwoNodes_KnowEachOtherShareTheEventsAndTheLivingOneTakesOverThePulse()
    {
        var server = await PostgresServer.GetAsync();
        var schema = PostgresServer.NewSchema();
        try
        {
            using var one = await UpAsync(server, schema, "one");
            using var two = await UpAsync(server, schema, "two");
            using var first = await one.ClientAsync(InDirectory("one"));
            using var second = await two.ClientAsync(InDirectory("two"));
            await UntilAsync(second, status => Nodes(status).Count == 2);

            // An event of one node reaches a reader at the other.
            using var reader = await SseReader.OpenAsync(second, "/api/events?after=0&type=gateway.");
            Assert.Equal("gateway.started", (await reader.EventAsync())!.Type);
            Assert.Equal("gateway.started", (await reader.EventAsync())!.Type);

            var pulsing = await PulsesAsync(first) ? one : two;
            var (left, leftHome) = pulsing == one ? (second, "two") : (first, "one");
            await pulsing.KillAsync();
            await UntilAsync(left, status => status.GetProperty("lastPulse").ValueKind != System.Text.Json.JsonValueKind.Null && Nodes(status).Any(node => node.GetProperty("dead").GetBoolean()));
            var (code, shown, _) = await VigilProcess.RunAsync(InDirectory(leftHome), "status");
            Assert.Equal(0, code);
            Assert.Contains($"-{pulsing.Id}-", Assert.Single(shown.Split('\n'), line => line.Contains("ago, dead", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.Contains("0 of 32", Assert.Single(shown.Split('\n'), line => line.Contains("now (it answers)", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
        finally
        {
            await server.DropAsync(schema);
        }
    }

    [Fact]
    public async Task ANodeThatStops_IsGoneAndNotDead()
    {
        var server = await PostgresServer.GetAsync();
        var schema = PostgresServer.NewSchema();
        try
        {
            using var one = await UpAsync(server, schema, "one");
            using var two = await UpAsync(server, schema, "two");
            using var second = await two.ClientAsync(InDirectory("two"));
            await UntilAsync(second, status => Nodes(status).Count == 2);

            one.Signal("TERM");
            Assert.Equal(0, await one.EndAsync());

            Assert.True(Assert.Single(Nodes(await (await second.GetAsync("/api/status")).JsonAsync())).GetProperty("self").GetBoolean());
        }
        finally
        {
            await server.DropAsync(schema);
        }
    }

    [Fact]
    public async Task TwoNodes_ASlotRunsOnceAndABeatRuns()
    {
        var server = await PostgresServer.GetAsync();
        var schema = PostgresServer.NewSchema();
        await using var model = await FakeModelServer.StartAsync(_ => FakeModelReply.Say("All quiet."));
        try
        {
            foreach (var home in new[] { "one", "two" })
            {
                Directory.CreateDirectory(InDirectory(home));
                await File.WriteAllTextAsync(Path.Combine(InDirectory(home), "vigil.json"), $$"""
                    { "models": { "default": "fake/model", "providers": { "fake": { "kind": "openai", "baseUrl": "{{model.OpenAIUrl}}" } } }, "gateway": { "heartbeat": { "every": "7d" } } }
                    """);
            }
            using (var former = await UpAsync(server, schema, "one"))
                await former.KillAsync();
            await using var source = NpgsqlDataSource.Create(server.Connection);
            await using var beside = source.CreateCommand($"UPDATE {schema}.qrtz_triggers SET start_time = start_time + 4100000 WHERE trigger_name = 'pulse'");
            Assert.Equal(1, await beside.ExecuteNonQueryAsync());
            using var one = await UpAsync(server, schema, "one");
            using var two = await UpAsync(server, schema, "two");
            await using var fractions = source.CreateCommand($"SELECT max(start_time % 10000000) FROM {schema}.qrtz_triggers");
            Assert.Equal(0L, await fractions.ExecuteScalarAsync());
            Assert.Equal(0, (await VigilProcess.RunAsync(InDirectory("two"), "cron", "add", "soon", "--at", "in 2s", "--prompt", "Look.", "--notify", "silent")).Code);
            var (code, beat, _) = await VigilProcess.RunAsync(InDirectory("one"), "heartbeat", "run", "main", "--event", "The boiler is broken.");
            Assert.Equal((0, true), (code, beat.Contains("silent (ack)", StringComparison.Ordinal)));

            using var second = await two.ClientAsync(InDirectory("two"));
            using var limit = new CancellationTokenSource(s_patience);
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
            var works = new List<System.Text.Json.JsonElement>();
            while (works.Count(work => work.GetProperty("outcome").ValueKind != System.Text.Json.JsonValueKind.Null) < 2 && await pace.WaitForNextTickAsync(limit.Token))
                works = [.. (await (await second.GetAsync("/api/work", limit.Token)).JsonAsync()).GetProperty("items").EnumerateArray()];
            Assert.Equal(["cron silent", "wake silent"], works.Select(work => $"{work.GetProperty("source").GetString()} {work.GetProperty("outcome").GetString()}").Order());
            Assert.Equal(2, model.Requests.Count);
        }
        finally
        {
            await server.DropAsync(schema);
        }
    }

    private Task<VigilProcess> UpAsync(PostgresServer server, string schema, string home) => VigilProcess.UpAsync(
        InDirectory(home), new Dictionary<string, string> { ["TEST_PG"] = server.Connection },
        "--set", "gateway.storage.kind=postgres", "--set", "gateway.storage.connection=env:TEST_PG", "--set", $"gateway.storage.schema={schema}");

    private static List<System.Text.Json.JsonElement> Nodes(System.Text.Json.JsonElement status) => [.. status.GetProperty("nodes").EnumerateArray()];

    private static async Task<bool> PulsesAsync(HttpClient client)
        => (await (await client.GetAsync("/api/status")).JsonAsync()).GetProperty("lastPulse").ValueKind != System.Text.Json.JsonValueKind.Null;

    // The other process tells nobody when it has noticed; it is asked until it has.
    private static async Task UntilAsync(HttpClient client, Func<System.Text.Json.JsonElement, bool> reached)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (await pace.WaitForNextTickAsync(limit.Token))
            if (reached(await (await client.GetAsync("/api/status", limit.Token)).JsonAsync()))
                return;
    }
}
