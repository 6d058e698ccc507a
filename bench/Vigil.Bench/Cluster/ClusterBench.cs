using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Vigil.Settings;
using Vigil.Testing.Models;
using Vigil.Tests.Shared;

namespace Vigil.Bench.Cluster;

/// <summary>One and two real gateway processes on one PostgreSQL, with a model that takes 200 ms; then one of two is killed. Says what a work costs the database, too.</summary>
internal static class ClusterBench
{
    // Few, so that the model and not a machine of two cores, which also runs PostgreSQL, is what both wait for.
    private const int FewSlots = 4;
    private const int Callers = 16;

    private static readonly TimeSpan s_model = TimeSpan.FromMilliseconds(200);

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1000;
        var slots = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : FewSlots;
        var postgres = await PostgresServer.GetAsync();
        await using var model = await FakeModelServer.StartAsync(request => new FakeModelReply { Text = $"Seen: {request.LastUserText}", Hold = Task.Delay(s_model, TimeProvider.System) });
        Console.WriteLine(FormattableString.Invariant($"{count:N0} works, a model of {s_model.TotalMilliseconds:0} ms, {slots} slots a node: {slots / s_model.TotalSeconds:0} works/s are possible for each"));
        var one = await ThroughputAsync(postgres, model, count, slots, nodes: 1);
        var two = await ThroughputAsync(postgres, model, count, slots, nodes: 2);
        Console.WriteLine(FormattableString.Invariant($"{"two nodes against one",-28} {two / one,7:0.00} times (goal 1.80)"));
        await KillAsync(postgres, model, count, slots);
    }

    private static async Task<double> ThroughputAsync(PostgresServer postgres, FakeModelServer model, int count, int slots, int nodes)
    {
        await using var bed = await ClusterBed.StartAsync(postgres, model, nodes, slots);
        // The first works compile the path.
        await AdmitAsync(bed, 0, nodes * slots * 4);
        await bed.QuietAsync();
        var processor = bed.Processor;
        var before = await bed.CountersAsync();
        await AdmitAsync(bed, 1_000_000, count);
        await bed.QuietAsync();
        var after = await bed.CountersAsync();
        var rate = await bed.ScalarAsync<double>(
            "SELECT count(*) * 1000.0::float8 / (max(finished_at) - min(started_at)) FROM \"{0}\".work WHERE outcome = 'spoke' AND dedupe_key LIKE '%bench-1______'");
        Console.WriteLine(FormattableString.Invariant(
            $"{(nodes == 1 ? "one node" : "two nodes"),-28} {rate,7:0.0} works/s, {(bed.Processor - processor).TotalMilliseconds / count:0.00} ms processor time of gateways a work, {(after.Transactions - before.Transactions) / (double)count:0.0} transactions and {(after.Bytes - before.Bytes) / 1024.0 / count:0.0} KiB a work"));
        return rate;
    }

    private static async Task KillAsync(PostgresServer postgres, FakeModelServer model, int count, int slots)
    {
        await using var bed = await ClusterBed.StartAsync(postgres, model, 2, slots);
        await AdmitAsync(bed, 0, slots * 8);
        await bed.QuietAsync();
        var admitted = await AdmitAsync(bed, 1_000_000, count);
        await bed.UntilAsync("SELECT count(*) FROM \"{0}\".work WHERE state = 'finished'", finished => finished >= count / 4);
        var killed = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        bed.KillFirst();
        await bed.QuietAsync();

        var taken = await bed.ScalarAsync<long>("SELECT count(DISTINCT work) FROM \"{0}\".run WHERE state = 'lost'");
        var waited = await bed.ScalarAsync<double>(
            $"SELECT coalesce(max(again.started_at) - {killed}, 0)::float8 FROM \"{{0}}\".run again WHERE again.started_at > {killed} AND again.work IN (SELECT work FROM \"{{0}}\".run WHERE state = 'lost')");
        var works = await bed.ScalarAsync<long>("SELECT count(*) FROM \"{0}\".work WHERE dedupe_key LIKE '%bench-1______' AND outcome = 'spoke'");
        var notifications = await bed.ScalarAsync<long>("SELECT count(*) FROM \"{0}\".notification n JOIN \"{0}\".work w ON w.id = n.work WHERE w.dedupe_key LIKE '%bench-1______'");
        var ends = await bed.ScalarAsync<long>("SELECT count(*) FROM \"{0}\".event e JOIN \"{0}\".work w ON w.id = e.work WHERE e.type = 'work.done' AND w.dedupe_key LIKE '%bench-1______'");
        Console.WriteLine(FormattableString.Invariant($"{"one of two killed",-28} {taken} works were running there; the last of them went on after {waited / 1000:0.0} s (goal 15.0)"));
        Console.WriteLine(FormattableString.Invariant($"{"",-28} {admitted} accepted, {works} spoke, {ends} ends, {notifications} notifications: {(works == admitted && ends == admitted && notifications == admitted ? "none lost, none twice" : "NOT AS PROMISED")}"));
    }

    private static async Task<int> AdmitAsync(ClusterBed bed, int from, int count)
    {
        await Parallel.ForEachAsync(Enumerable.Range(from, count), new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (i, cancellationToken) =>
        {
            var body = new JsonObject { ["agent"] = "main", ["prompt"] = $"Look at {i}.", ["notify"] = "always", ["deliver"] = "inbox", ["dedupeKey"] = $"bench-{i:0000000}" };
            using var answer = await bed.Node(i).Http.PostAsJsonAsync("/api/work", body, cancellationToken);
            answer.EnsureSuccessStatusCode();
        });
        return count;
    }
}

/// <summary>Nodes on a home and a schema of their own.</summary>
internal sealed class ClusterBed : IAsyncDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly PostgresServer _postgres;
    private readonly string _schema = PostgresServer.NewSchema();
    private readonly VigilHome _home = new(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
    private readonly List<ClusterNode> _nodes = [];
    private readonly NpgsqlDataSource _database;

    private ClusterBed(PostgresServer postgres)
    {
        _postgres = postgres;
        _database = NpgsqlDataSource.Create(postgres.Connection);
    }

    public TimeSpan Processor => TimeSpan.FromTicks(_nodes.Sum(node => node.Processor.Ticks));

    public static async Task<ClusterBed> StartAsync(PostgresServer postgres, FakeModelServer model, int nodes, int slots)
    {
        var bed = new ClusterBed(postgres);
        await File.WriteAllTextAsync(bed._home.SettingsFile, new JsonObject
        {
            ["models"] = new JsonObject
            {
                ["default"] = "fake/bench",
                ["providers"] = new JsonObject { ["fake"] = new JsonObject { ["kind"] = "openai", ["baseUrl"] = model.OpenAIUrl.ToString() } },
            },
            ["gateway"] = new JsonObject { ["heartbeat"] = new JsonObject { ["enabled"] = false }, ["work"] = new JsonObject { ["slots"] = slots } },
            ["notify"] = new JsonObject { ["perDay"] = 100_000 },
        }.ToJsonString());
        for (var i = 0; i < nodes; i++)
            bed._nodes.Add(await ClusterNode.StartAsync(bed._home, postgres.Connection, bed._schema));
        return bed;
    }

    public ClusterNode Node(int number) => _nodes[number % _nodes.Count];

    public void KillFirst() => _nodes[0].Kill();

    /// <summary>Until nothing waits or runs.</summary>
    public Task QuietAsync() => UntilAsync("SELECT count(*) FROM \"{0}\".work WHERE state <> 'finished'", open => open == 0);

    public async Task UntilAsync(string sql, Func<long, bool> reached)
    {
        using var timer = new PeriodicTimer(s_look, TimeProvider.System);
        while (!reached(await ScalarAsync<long>(sql)))
            await timer.WaitForNextTickAsync();
    }

    /// <param name="sql">{0} stands for the schema.</param>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _database.CreateCommand(string.Format(CultureInfo.InvariantCulture, sql, _schema));
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>What the server has committed, and how large the schema's tables are with their indexes. The bench's own looks are among the transactions.</summary>
    public async Task<(long Transactions, long Bytes)> CountersAsync() => (
        await ScalarAsync<long>("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"),
        await ScalarAsync<long>("SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '{0}' AND c.relkind = 'r'"));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            node.Dispose();
        await _database.DisposeAsync();
        await _postgres.DropAsync(_schema);
        Directory.Delete(_home.Root, recursive: true);
    }
}
