using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Bench.Storage;
using Vigil.Events;
using Vigil.Ledger;
using Vigil.Storage.Engine;
using Vigil.Storage.Runs;
using Vigil.Storage.Work;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Bench.Work;

/// <summary>Whether the queue slows down with what it holds: claims and commits with nothing else in it, and with a million finished and a hundred thousand waiting works.</summary>
internal static class QueueBench
{
    private const int Batches = 100;
    private const int Slots = 32;
    private const long Due = 86_400_000 * 2L;

    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(5);

    public static async Task RunAsync(string[] args)
    {
        var finished = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var waiting = finished / 10;
        foreach (var open in BenchStore.Available(normal: false))
        {
            await using var store = await open();
            var works = new WorkStore(store.Database, TimeProvider.System);
            var runs = new RunStore(store.Database, new RunBeginnings(), TimeProvider.System);
            Console.WriteLine(store.Name);
            await MeasureAsync(works, runs, "warm", DateTimeOffset.UnixEpoch.AddHours(1));
            await MeasureAsync(works, runs, "empty", DateTimeOffset.UnixEpoch.AddDays(1));
            await NothingDueAsync(works, "empty");
            var filling = Stopwatch.StartNew();
            await FillAsync(store.Database, finished, waiting);
            await NothingDueAsync(works, "later");
            await InsertAsync(store.Database, "due", "'waiting', NULL, 1", 0, waiting, Due);
            Console.WriteLine(FormattableString.Invariant($"  filled with {finished:N0} finished, {waiting:N0} later and {waiting:N0} due works in {filling.Elapsed.TotalSeconds:N0} s"));
            await MeasureAsync(works, runs, "full", DateTimeOffset.UnixEpoch.AddDays(2));
        }
    }

    // The bench's own works are due before all others, so that both rounds claim the same ones.
    private static async Task MeasureAsync(WorkStore works, RunStore runs, string name, DateTimeOffset now)
    {
        var admitted = await TimeAsync(Batches, batch => works.AdmitManyAsync([.. Enumerable.Range(0, Slots).Select(n => Asked($"wrk_{name}_{batch:000}_{n:00}", batch * Slots + n, now))], CancellationToken.None));
        Console.WriteLine($"  {name,-6} admit {Slots}   {admitted}");
        var claims = new List<IReadOnlyList<AgentWork>>();
        var claimed = await TimeAsync(Batches, async _ =>
        {
            var batch = await works.ClaimAsync("bench", Slots, now, s_lease, CancellationToken.None);
            claims.Add(batch);
            return batch;
        });
        if (claims.Any(batch => batch.Count != Slots))
            throw new InvalidOperationException("A claim found too few works.");
        Console.WriteLine($"  {name,-6} claim {Slots}   {claimed}");
        var all = claims.SelectMany(batch => batch).ToList();
        await FinishAsync($"{name,-6} commit     ", all.Take(all.Count / 2), work => CommitAsync(works, work, now));
        await FinishAsync($"{name,-6} run+commit ", all.Skip(all.Count / 2), async work =>
        {
            var (claim, id) = (new WorkClaim(work.Id, work.Attempt, work.Node!), "run_" + work.Id);
            await runs.BeginAsync(Start(id, work, now), claim, CancellationToken.None);
            await runs.AppendAsync(id, id, Step(id, work, now), claim, CancellationToken.None);
            await CommitAsync(works, work, now);
        });
    }

    private static async Task FinishAsync(string name, IEnumerable<AgentWork> claimed, Func<AgentWork, Task> finish)
    {
        var list = claimed.ToList();
        var taken = Stopwatch.StartNew();
        await Parallel.ForEachAsync(list, new ParallelOptions { MaxDegreeOfParallelism = Slots }, async (work, _) => await finish(work));
        Console.WriteLine(FormattableString.Invariant($"  {name} {list.Count / taken.Elapsed.TotalSeconds,8:N0}/s   from {Slots} callers"));
    }

    private static Task<CommitResult> CommitAsync(WorkStore works, AgentWork work, DateTimeOffset now) => works.CommitAsync(
        new WorkClaim(work.Id, work.Attempt, work.Node!),
        new WorkCommit
        {
            Outcome = Outcome.Silent,
            Reason = Reasons.Ack,
            At = now,
            Gates = [new GateVerdict("nothing-new", "pass", null, now, 0.1)],
            RunId = "run_" + work.Id,
            Events = [new NewEvent(now, EventTypes.WorkDone, work.Source, work.Agent.Value, work.Id)],
        }, CancellationToken.None);

    private static RunStart Start(string id, AgentWork work, DateTimeOffset now) => new()
    {
        Id = id,
        Journal = id,
        Agent = work.Agent,
        Session = work.Session,
        Source = work.Source,
        WorkId = work.Id,
        Attempt = work.Attempt,
        Node = work.Node!,
        StartedAt = now,
        ModelAsked = "scripted/one",
        DecidedBy = "agent",
        ProfileHash = "bench",
        ProfileJson = "{}",
        Input = [new ChatMessage(ChatRole.User, work.Prompt)],
    };

    private static TurnStep Step(string run, AgentWork work, DateTimeOffset now) => new()
    {
        Number = 1,
        Kind = StepKind.Reply,
        At = now,
        Message = new ChatMessage(ChatRole.Assistant, "Nothing to say."),
        Ledger = new LedgerEntry { At = now, Day = "2026-01-01", Agent = work.Agent, Source = work.Source, WorkId = work.Id, RunId = run, ModelAsked = "scripted/one", ModelUsed = "scripted/one", CostUsd = 0 },
    };

    private static async Task NothingDueAsync(WorkStore works, string name)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(Due);
        Console.WriteLine($"  {name,-6} none due   {await TimeAsync(Batches, _ => works.ClaimAsync("bench", Slots, now, s_lease, CancellationToken.None))}");
    }

    private static NewWork Asked(string id, int n, DateTimeOffset now)
    {
        var agent = AgentId.Parse($"a{n % 50}");
        return new NewWork(new AgentWork
        {
            Id = id,
            Agent = agent,
            Source = WorkSources.Run,
            Prompt = "Look at the build and tell me when it is red.",
            Session = SessionKey.For(agent, "work", id),
            CreatedAt = now,
            DueAt = now,
        })
        {
            Precedence = TimeSpan.FromHours(-12),
        };
    }

    private static async Task FillAsync(IDatabase database, int finished, int waiting)
    {
        const int Chunk = 100_000;
        for (var from = 0; from < finished; from += Chunk)
            await InsertAsync(database, "old", "'finished', 'silent', 1", from, Math.Min(Chunk, finished - from), Due - 1_000_000);
        await InsertAsync(database, "later", "'waiting', NULL, 0", 0, waiting, Due * 1000);
        await database.WriteAsync(db => db.ExecuteAsync("ANALYZE work"), CancellationToken.None);
    }

    private static Task InsertAsync(IDatabase database, string name, string state, int from, int count, long due) => database.WriteAsync(db => db.ExecuteAsync(
        $"""
        WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {from + count})
        INSERT INTO work (id, agent, source, prompt, session, context, deliver, notify, metadata, created_at, due_at, rank, state, outcome, ready, finished_at)
        SELECT 'wrk_{name}_' || i, 'a' || (i % 50), 'run', 'Look at the build and tell me when it is red.', 'agent:a:work:{name}_' || i, 'isolated', '["owner"]', 'gated', '{"{}"}',
          {due} + i, {due} + i, {due} + i, {state}, {(name == "old" ? $"{due} + i" : "NULL")}
        FROM n
        """), CancellationToken.None);

    private static async Task<LoadResult> TimeAsync<T>(int times, Func<int, Task<T>> operation)
    {
        var n = 0;
        return await Load.RunTimesAsync(times, () => operation(n++));
    }
}
