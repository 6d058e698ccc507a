using System.Diagnostics;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Storage.Sessions;

namespace Vigil.Bench.Storage;

/// <summary>Pages of one agent's conversations while the store fills up with those of others: the time must not follow them.</summary>
internal static class SessionListBench
{
    private const int Own = 200;
    private const int Page = 50;
    private const int Reads = 400;

    public static async Task RunAsync(string[] args)
    {
        var most = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 100_000;
        foreach (var open in BenchStore.Available(normal: true))
        {
            await using var store = await open();
            var sessions = new SessionStore(store.Database);
            var mine = AgentId.Parse("mine");
            for (var n = 0; n < Own; n++)
                await AppendAsync(sessions, mine, n);
            var there = 0;
            foreach (var others in new[] { 0, most / 10, most })
            {
                await Parallel.ForEachAsync(Enumerable.Range(there, others - there), new ParallelOptions { MaxDegreeOfParallelism = 64 },
                    async (n, _) => await AppendAsync(sessions, AgentId.Parse($"agent-{n % 500}"), n));
                there = others;
                var times = new List<double>(Reads);
                for (var n = 0; n < Reads; n++)
                {
                    var start = Stopwatch.GetTimestamp();
                    var first = await sessions.ListAsync([mine], null, Page, CancellationToken.None);
                    var second = await sessions.ListAsync([mine], first.Next, Page, CancellationToken.None);
                    times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / 2);
                    if (first.Items.Concat(second.Items).Any(session => session.Key.Agent != mine) || first.Items.Count + second.Items.Count != 2 * Page)
                        throw new InvalidOperationException("A page holds another agent's conversation, or too few.");
                }
                times.Sort();
                Console.WriteLine($"{store.Name,-14} {others,7} conversations of others: a page of {Page} in {times[Reads / 2]:0.000} ms (p50), {times[Reads * 99 / 100]:0.000} ms (p99)");
            }
        }
    }

    private static Task AppendAsync(SessionStore sessions, AgentId agent, int n)
        => sessions.AppendAsync(SessionKey.For(agent, "api", $"s{n}"), [new NewSessionMessage(DateTimeOffset.UnixEpoch.AddSeconds(n), new ChatMessage(ChatRole.User, "hello"), MessageKind.Turn, null)], CancellationToken.None);
}
