using Vigil.Bench.Agents;
using Vigil.Bench.Api;
using Vigil.Bench.Cluster;
using Vigil.Bench.Cron;
using Vigil.Bench.Dashboard;
using Vigil.Bench.Events;
using Vigil.Bench.Heartbeat;
using Vigil.Bench.Startup;
using Vigil.Bench.Storage;
using Vigil.Bench.Turns;
using Vigil.Bench.Work;

// dotnet run --project bench/Vigil.Bench -c Release -- NAME [options]
(string Name, string Shows, Func<string[], Task> Run)[] benches =
[
    ("routes", "messages through 10,000 routes; option: COUNT", RoutingBench.RunAsync),
    ("agents", "start, memory and list pages with 100,000 agents; options: COUNT, and the word beats", ManyAgentsBench.RunAsync),
    ("crossing", "200 requests at once over 50 agents, each with marks of its own; option: COUNT", CrossingBench.RunAsync),
    ("cron", "1,000 schedules due in one second; adding, listing, sweeping and starting with 10,000", CronBench.RunAsync),
    ("cluster", "two gateway processes on one PostgreSQL against one, with a model of 200 ms; one of them killed; options: COUNT SLOTS", ClusterBench.RunAsync),
    ("startup", "process start to first answer, cold and warm home, and memory; option: DIRECTORY of a published build", StartupBench.RunAsync),
    ("store", "durable appends from 64 callers, SQLite full and normal, PostgreSQL when VIGIL_TEST_PG is set", AppendBench.RunAsync),
    ("sessions", "pages of one agent's conversations beside 100,000 of others; option: COUNT", SessionListBench.RunAsync),
    ("events", "append and reconnect with 1,000 and 1,000,000 stored events", EventLogBench.RunAsync),
    ("queue", "claims and commits with an empty store, and with 1,000,000 finished and 100,000 waiting works", QueueBench.RunAsync),
    ("work", "works from admission to outcome, and works that a gate skips; options: COUNT SLOTS, and sqlite or postgres for one of them", WorkBench.RunAsync),
    ("chaos", "the kills of the chaos tests, many more of them: a gateway on SQLite, two on PostgreSQL; options: KILLS, and sqlite or postgres for one of them", ChaosBench.RunAsync),
    ("journal", "a turn of 20 tool rounds in a new session and in one of 2,000 messages: time and allocations; option: TURNS", JournalBench.RunAsync),
    ("chat", "a chat turn through the gateway against the provider alone, new and old session; option: TURNS", ChatBench.RunAsync),
    ("api", "/v1/chat/completions against a pass-through proxy: requests/s, added latency, first token, 1,000 streams at once; option: REQUESTS", ApiBench.RunAsync),
    ("api-flat", "memory of the gateway while it answers 200,000 chat completions; option: REQUESTS", FlatBench.RunAsync),
    ("api-fuzz", "mutated requests to every route: no 500, no hang, no leak, flat memory; options: REQUESTS SEED", FuzzBench.RunAsync),
    ("beats", "beats that a gate skips, from slot to outcome, and the model calls of that: none; option: COUNT", BeatsBench.RunAsync),
    ("beat-prompt", "prompt tokens of a default beat with the starter workspace, read from the wire; option: COUNT", BeatPromptBench.RunAsync),
    ("beat-week", "what a week of beats costs, against every beat on the primary model with the whole conversation; option: COUNT of beats", BeatWeekBench.RunAsync),
    ("beat-100k", "a gateway with 100,000 agents due within a minute and nothing new: exactly once, lateness, memory; options: COUNT SLOTS, and DIRECTORY of a published build", ManyBeatsBench.RunAsync),
    ("pages", "each page and list of the dashboard with 100,000 works and 1,000,000 events, and the first page in Chromium; options: WORKS EVENTS", PagesBench.RunAsync),
    ("viewers", "memory and processor time of a gateway whose dashboard nobody, one and ten people hold open; options: SECONDS, and DIRECTORY of a published build", ViewersBench.RunAsync),
    (PassThroughProxy.Name, "the proxy of the api bench; it starts this by itself", PassThroughProxy.RunAsync),
];

var bench = benches.FirstOrDefault(b => b.Name == args.FirstOrDefault());
if (bench.Run is null)
{
    Console.Error.WriteLine("Name one of:");
    foreach (var (name, shows, _) in benches)
        Console.Error.WriteLine($"  {name,-10} {shows}");
    return 2;
}
await bench.Run(args[1..]);
return 0;
