using System.Globalization;
using NodaTime;
using Vigil.Agents;
using Vigil.Bench.Agents;
using Vigil.Heartbeat;
using Vigil.Settings;
using Vigil.State;
using Vigil.Storage;
using Vigil.Storage.Engine;

namespace Vigil.Bench.Heartbeat;

/// <summary>
/// One gateway process with 100,000 agents whose homes are generated, each beating every 30 minutes. Their names are chosen so that the slots of all lie within one minute that
/// is soon; each has a check whose file probe sees nothing new. Each slot must become one beat, soon, and the process must stay small.
/// </summary>
internal static class ManyBeatsBench
{
    private const string Checklist = "- [probe inbox] Is anything urgent?\n";
    private const string AgentJson = """{ "probes": { "inbox": { "kind": "file", "path": "inbox.md" } } }""";
    private const string Mirror = "memory/heartbeat-state.json";
    private const int AtOnce = 2_000;

    private static readonly TimeSpan s_every = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
        var slots = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : new WorkSettings().Slots;
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            await File.WriteAllTextAsync(home.SettingsFile, $$"""{ "models": { "default": "openai/gpt-5.4" }, "gateway": { "heartbeat": { "every": "30m" }, "work": { "slots": {{slots}} } } }""");
            HomeStarter.Ensure(home);
            var lead = TimeSpan.FromSeconds(60 + (count / 250));
            var window = DateTimeOffset.FromUnixTimeSeconds((TimeProvider.System.GetUtcNow() + lead).ToUnixTimeSeconds());
            var agents = Names(window).Take(count).Prepend(AgentId.Main).ToList();
            foreach (var agent in agents)
                Make(home, agent);
            await SeedAsync(home, agents);
            if (TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(30) > window)
                throw new InvalidOperationException("Making the homes took too long on this machine; the minute that counts has come. Try a smaller COUNT.");
            Console.WriteLine(FormattableString.Invariant($"homes are made; the minute that counts begins at {window:HH:mm:ss'Z'}"));
            var (start, most) = await RunAsync(home, window, args.Length > 2 ? args[2] : null);
            await ReportAsync(home, count, window, start, most);
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    // A name decides the place of an agent's slots, so there are names for any minute.
    private static IEnumerable<AgentId> Names(DateTimeOffset window)
    {
        var from = window.ToUnixTimeSeconds() % (long)s_every.TotalSeconds;
        for (var i = 0; ; i++)
        {
            var agent = AgentId.Parse($"agent-{i:0000000}");
            var after = (long)new BeatGrid(agent, Duration.FromTimeSpan(s_every)).Phase.TotalSeconds - from;
            if ((after < 0 ? after + s_every.TotalSeconds : after) < s_minute.TotalSeconds)
                yield return agent;
        }
    }

    private static void Make(VigilHome home, AgentId agent)
    {
        var workspace = home.Workspace(agent);
        Directory.CreateDirectory(workspace);
        File.WriteAllText(home.AgentFile(agent), AgentJson);
        File.WriteAllText(Path.Combine(workspace, "HEARTBEAT.md"), Checklist);
        File.WriteAllText(Path.Combine(workspace, "inbox.md"), "Nothing here.\n");
    }

    /// <summary>One agent has looked once; what is remembered of that is given to all, in the store and in their files, and all have their rows. So nobody has anything new.</summary>
    private static async Task SeedAsync(VigilHome home, List<AgentId> agents)
    {
        var clock = new ShiftedClock();
        await using var engine = await BeatEngine.OpenAsync(home, clock, new CountingModel(), SqliteSync.Normal);
        await engine.StartAsync();
        await engine.Get<Heartbeats>().RunAsync(engine.Get<IAgentRegistry>().Find(AgentId.Main).Required(), CancellationToken.None);
        await engine.SettleAsync();
        var state = engine.Get<IStateStore>();
        var seen = (await state.AllAsync(AgentId.Main, BeatState.ProbeArea, CancellationToken.None))["inbox"];
        var done = (await state.AllAsync(AgentId.Main, BeatState.CheckArea, CancellationToken.None)).Single();
        foreach (var some in agents.Chunk(AtOnce))
        {
            await state.ApplyAsync([.. some.SelectMany(agent => new StateChange[] { new(agent, BeatState.ProbeArea, "inbox", seen), new(agent, BeatState.CheckArea, done.Key, done.Value) })],
                CancellationToken.None);
        }
        var mirror = Path.Combine(home.Workspace(AgentId.Main), Mirror);
        foreach (var agent in agents.Where(agent => agent != AgentId.Main))
        {
            var file = Path.Combine(home.Workspace(agent), Mirror);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.Copy(mirror, file);
        }
        for (var looked = 0; looked <= agents.Count; looked += AtOnce)
            await engine.PulseAsync(clock.GetUtcNow());
        await engine.SettleAsync();
    }

    private static async Task<(TimeSpan Start, double Most)> RunAsync(VigilHome home, DateTimeOffset window, string? build)
    {
        using var gateway = await BenchGateway.StartAsync(home, build);
        var most = 0.0;
        while (TimeProvider.System.GetUtcNow() < window + s_minute + TimeSpan.FromSeconds(15))
        {
            await Task.Delay(s_second, TimeProvider.System);
            most = Math.Max(most, gateway.Megabytes);
        }
        return (gateway.Start, most);
    }

    private static async Task ReportAsync(VigilHome home, int count, DateTimeOffset window, TimeSpan start, double most)
    {
        await using var engine = await BeatEngine.OpenAsync(home, TimeProvider.System, new CountingModel());
        var rows = await engine.Get<IDatabase>().ReadAsync(db => db.QueryAsync<Row>(
            """
            SELECT agent, slot, started_at, finished_at, coalesce(reason, state) AS reason FROM work
            WHERE source = 'heartbeat' AND agent <> 'main' AND slot >= @from AND slot < @to
            """, new { from = window.ToUnixTimeMilliseconds(), to = (window + s_minute).ToUnixTimeMilliseconds() }), CancellationToken.None);
        var spent = await engine.Get<Vigil.Ledger.ILedger>().TotalAsync("2000-01-01", "2999-12-31", null, CancellationToken.None);
        Console.WriteLine(FormattableString.Invariant($"{count:N0} agents, all due within 60 s, started in {start.TotalSeconds:N1} s"));
        Console.WriteLine(FormattableString.Invariant($"beats {rows.Count:N0}, agents {rows.Select(row => row.Agent).Distinct().Count():N0}, slots twice {rows.Count - rows.Select(row => (row.Agent, row.Slot)).Distinct().Count()}"));
        Console.WriteLine($"ended as: {string.Join(", ", rows.GroupBy(row => row.Reason).Select(group => FormattableString.Invariant($"{group.Key} {group.Count():N0}")))}");
        Print("from slot to begin", [.. rows.Where(row => row.StartedAt is not null).Select(row => row.StartedAt!.Value - row.Slot).Order()]);
        Print("from slot to outcome", [.. rows.Where(row => row.FinishedAt is not null).Select(row => row.FinishedAt!.Value - row.Slot).Order()]);
        var quarters = rows.Where(row => row.StartedAt is not null).GroupBy(row => (row.Slot - window.ToUnixTimeMilliseconds()) / (60_000 / 4)).OrderBy(group => group.Key)
            .Select(group => FormattableString.Invariant($"{Late([.. group.Select(row => row.StartedAt!.Value - row.Slot).Order()], 0.99):N0}"));
        Console.WriteLine($"from slot to begin, p99 of each quarter of the minute: {string.Join(", ", quarters)} ms");
        Console.WriteLine(FormattableString.Invariant($"most memory {most:N0} MiB; model calls while seeding and after: {spent.Calls}"));
    }

    private static void Print(string what, List<long> late)
    {
        if (late.Count > 0)
            Console.WriteLine(FormattableString.Invariant($"{what,-22} p50 {Late(late, 0.5):N0} ms   p99 {Late(late, 0.99):N0} ms   worst {late[^1]:N0} ms"));
    }

    private static long Late(List<long> inOrder, double share) => inOrder[(int)(inOrder.Count * share)];

    private sealed class Row
    {
        public string Agent { get; set; } = "";

        public long Slot { get; set; }

        public long? StartedAt { get; set; }

        public long? FinishedAt { get; set; }

        public string Reason { get; set; } = "";
    }
}
