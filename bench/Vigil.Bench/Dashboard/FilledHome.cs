using System.Diagnostics;
using System.Text.Json;
using Vigil.Agents;
using Vigil.Bench.Agents;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Storage.Engine;
using Vigil.Storage.Engine.Sqlite;
using Vigil.Store;

namespace Vigil.Bench.Dashboard;

/// <summary>A home with a month of works, as the engine would have left them, with their events, and runs, ledger lines and notifications in proportion.</summary>
internal sealed class FilledHome : IDisposable
{
    private const int Days = 30;
    private const int Schedules = 200;

    // Of a hundred works; what is left over are beats. Every tenth of them asks a model.
    private const string Source = "CASE WHEN i % 100 < 8 THEN 'cron' WHEN i % 100 < 12 THEN 'task' WHEN i % 100 < 14 THEN 'wake' WHEN i % 100 < 16 THEN 'run' ELSE 'heartbeat' END";
    private const string Outcome = "CASE WHEN i % 500 = 3 THEN 'failed' WHEN i % 100 < 10 THEN 'spoke' WHEN i % 100 < 16 THEN 'answered' WHEN i % 100 < 26 THEN 'silent' ELSE 'skipped' END";
    private const string Reason = "CASE WHEN i % 500 = 3 THEN 'model-error' WHEN i % 100 < 16 THEN NULL WHEN i % 100 < 26 THEN 'ack' WHEN i % 100 < 80 THEN 'nothing-new' ELSE 'nothing-due' END";
    private const string Agent = "'agent-' || printf('%02d', i * 7 % 50)";
    private const string Asked = "i % 100 < 26";
    private const string Usage = """'{"modelAsked":"ollama/none","modelUsed":"ollama/none","decidedBy":"default","modelCalls":1,"inputTokens":950,"cachedInputTokens":0,"outputTokens":40,"costUsd":0.0012,"duration":"00:00:02"}'""";

    private FilledHome(VigilHome home) => Home = home;

    public VigilHome Home { get; }

    public static IReadOnlyList<string> Agents { get; } = [.. Enumerable.Range(0, 50).Select(n => FormattableString.Invariant($"agent-{n:00}"))];

    public static async Task<FilledHome> MakeAsync(int works, int events)
    {
        var filled = new FilledHome(new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName));
        var home = filled.Home;
        await File.WriteAllTextAsync(home.SettingsFile, JsonSerializer.Serialize(new
        {
            models = new { @default = "ollama/none" },
            timezone = "Europe/Berlin",
            defaultAgent = Agents[0],
            budget = new { daily = new { usd = 5 } },
        }));
        HomeStarter.Ensure(home);
        foreach (var agent in Agents.Select(name => AgentId.Parse(name)))
        {
            Directory.CreateDirectory(home.Workspace(agent));
            await File.WriteAllTextAsync(home.AgentFile(agent), "{}");
        }
        // The first start makes database and key, and knows the agents.
        using (var gateway = await BenchGateway.StartAsync(home))
            for (var n = 0; n < Schedules; n++)
                await AddScheduleAsync(gateway, n);
        var began = Stopwatch.GetTimestamp();
        if (works > 0)
            await FillAsync(home, works, events / works);
        Console.WriteLine(FormattableString.Invariant(
            $"{works:N0} works and {events:N0} events of {Agents.Count} agents in {Days} days; filled in {Stopwatch.GetElapsedTime(began).TotalSeconds:N0} s, {new FileInfo(home.Database).Length >> 20:N0} MB"));
        return filled;
    }

    public static string Work(int n) => FormattableString.Invariant($"wrk_{n:00000000}");

    public static string Notification(int n) => FormattableString.Invariant($"ntf_{n:00000000}");

    public void Dispose() => Directory.Delete(Home.Root, recursive: true);

    private static async Task AddScheduleAsync(BenchGateway gateway, int n)
    {
        using var body = new StringContent(
            JsonSerializer.Serialize(new { name = $"memo-{n}", agent = Agents[n % Agents.Count], schedule = new { cron = $"{n % 60} 3 * * 1" }, prompt = "Write the memo." }), System.Text.Encoding.UTF8, "application/json");
        using var answer = await gateway.Http.PostAsync("/api/cron", body);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    private static async Task FillAsync(VigilHome home, int works, int eventsEach)
    {
        await using var database = new SqliteDatabase(new StorageOptions { File = home.Database, Synchronous = SqliteSync.Normal }, TimeProvider.System);
        await ((IStore)database).OpenAsync(CancellationToken.None);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var from = now - (long)TimeSpan.FromDays(Days).TotalMilliseconds;
        var at = $"{from} + i * {now - from} / {works}";
        var numbers = $"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {works})";
        var message = """'[{"role":"user","contents":[{"$type":"text","text":"Look at the mailbox."}]}]'""";
        await RunAsync($"""
            {numbers} INSERT INTO work (id, agent, source, origin, prompt, session, context, deliver, notify, metadata, created_at, due_at, rank, state, outcome, reason, ready, started_at, finished_at, attempt, usage)
            SELECT 'wrk_' || printf('%08d', i), {Agent}, {Source}, '', 'Look at the mailbox and say what is due.', 'agent:' || {Agent} || ':main', 'light', '["owner"]', 'gated', '{"{}"}',
              {at}, {at}, {at}, 'finished', {Outcome}, {Reason}, 1, {at} + 50, {at} + 2050, 1, CASE WHEN {Asked} THEN {Usage} END FROM n
            """);
        await RunAsync($"{numbers} INSERT INTO work_gates (work, attempt, verdicts) SELECT 'wrk_' || printf('%08d', i), 1, '[]' FROM n");
        await RunAsync($"""
            {numbers} INSERT INTO run (id, journal, agent, session, source, work, attempt, node, started_at, model_asked, decided_by, profile_hash, input, state, finished_at, usage)
            SELECT 'run_' || i, 'run_' || i, {Agent}, 'agent:' || {Agent} || ':main', {Source}, 'wrk_' || printf('%08d', i), 1, 'bench', {at}, 'ollama/none', 'default', 'bench', {message}, 'finished', {at} + 2000, {Usage}
            FROM n WHERE {Asked}
            """);
        await RunAsync($"""
            {numbers} INSERT INTO run_step (journal, number, run, kind, at, message)
            SELECT 'run_' || i, 1, 'run_' || i, 'reply', {at}, substr({message}, 2, length({message}) - 2) FROM n WHERE {Asked}
            """);
        await RunAsync("INSERT INTO run_profile (hash, json) VALUES ('bench', '{}')");
        await RunAsync($"""
            {numbers} INSERT INTO ledger (at, day, agent, source, work, run, model_asked, model_used, input_tokens, cached_input_tokens, output_tokens, cost, primary_cost)
            SELECT {at}, date(({at}) / 1000, 'unixepoch'), {Agent}, {Source}, 'wrk_' || printf('%08d', i), 'run_' || i, 'ollama/none', 'ollama/none', 950, 0, 40, 1200000000, 1200000000 FROM n WHERE {Asked}
            """);
        await RunAsync("""
            INSERT INTO spend_day (day, agent, source, model, calls, input_tokens, cached_input_tokens, output_tokens, cost, unknown_calls, primary_cost)
            SELECT day, agent, source, model_used, count(*), sum(input_tokens), 0, sum(output_tokens), sum(cost), 0, sum(cost) FROM ledger GROUP BY day, agent, source, model_used
            """);
        // Nearly all were read and put away, which is what makes a list that leaves those out look far.
        await RunAsync($"""
            {numbers} INSERT INTO notification (id, agent, work, source, text, urgency, state, reason, created_at, read_at, done_at)
            SELECT 'ntf_' || printf('%08d', i), {Agent}, 'wrk_' || printf('%08d', i), {Source}, 'Two invoices are due tomorrow.', 'normal', CASE WHEN i % 1000 = 9 THEN 'suppressed' ELSE 'posted' END,
              CASE WHEN i % 1000 = 9 THEN 'duplicate' END, {at}, CASE WHEN i % 2000 <> 5 THEN {at} + 60000 END, CASE WHEN i % 2000 <> 5 THEN {at} + 60000 END FROM n WHERE i % 100 < 10
            """);
        await RunAsync($"""
            {numbers} INSERT INTO delivery (id, notification, agent, target, state, attempts, created_at, at)
            SELECT 'dlv_' || i, 'ntf_' || printf('%08d', i), {Agent}, 'inbox', 'delivered', 1, {at}, {at} FROM n WHERE i % 100 < 10
            """);
        var events = $"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {works}), k(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM k WHERE k + 1 < {eventsEach})";
        await RunAsync($$"""
            {{events}} INSERT INTO event (at, type, source, agent, work, payload)
            SELECT {{at}} + k, CASE WHEN k = 0 THEN 'work.requested' WHEN k + 1 < {{eventsEach}} THEN 'work.started' WHEN i % 100 < 26 THEN 'work.done' ELSE 'work.skipped' END, {{Source}}, {{Agent}}, 'wrk_' || printf('%08d', i),
              '{"outcome":"silent"}' FROM n CROSS JOIN k
            """);
        await RunAsync($"""
            INSERT INTO session (key, agent, created_at, updated_at, person_at, messages) VALUES ('agent:{Agents[0]}:main', '{Agents[0]}', {from}, {now}, {now}, {works / 50})
            """);
        await RunAsync($$"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {{works / 50}})
            INSERT INTO session_message (session, seq, at, kind, message, size)
            SELECT 'agent:{{Agents[0]}}:main', i, {{from}} + i, 'turn', '{"role":"' || CASE WHEN i % 2 = 1 THEN 'user' ELSE 'assistant' END || '","contents":[{"$type":"text","text":"Is the hall booked for Friday?"}]}', 90 FROM n
            """);

        Task RunAsync(string sql) => database.WriteAsync(db => db.ExecuteAsync(sql), CancellationToken.None);
    }
}
