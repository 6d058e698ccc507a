using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using Vigil.Bench.Agents;

namespace Vigil.Bench.Dashboard;

/// <summary>Each page and each list with each of its filters, asked for by somebody who is signed in; and the first page in a browser.</summary>
internal static class PagesBench
{
    private const int Times = 30;
    private const double Goal = 100;

    public static async Task RunAsync(string[] args)
    {
        var works = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
        var events = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000;
        using var filled = await FilledHome.MakeAsync(works, events);
        using var gateway = await BenchGateway.StartAsync(filled.Home);
        using var person = await SignedIn.OpenAsync(gateway);
        var schedule = await ScheduleAsync(person);
        Console.WriteLine("                                                          first      p50      p99  processor   size");
        var over = 0;
        foreach (var path in Paths(works, schedule))
            over += await MeasureAsync(gateway, person, path) ? 0 : 1;
        Console.WriteLine("with a key that is limited to two agents");
        using var guest = await SignedIn.OpenAsync(gateway, await LimitedKeyAsync(gateway));
        foreach (var path in new[] { "/", "/inbox", "/inbox?tab=all", "/inbox?tab=unsaid", "/work", "/work?outcome=cancelled", "/work?source=subagent", "/heartbeats", "/schedules", "/agents", "/cost", "/system" })
            over += await MeasureAsync(gateway, guest, path) ? 0 : 1;
        Console.WriteLine(FormattableString.Invariant($"{over} of them with a p99 above {Goal:N0} ms"));
        await BrowserAsync(gateway);
    }

    private static IEnumerable<string> Paths(int works, string schedule)
    {
        var (agent, other) = (FilledHome.Agents[0], FilledHome.Agents[^1]);
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var (recent, old, older) = (Day(today.AddDays(-1)), Day(today.AddDays(-25)), Day(today.AddDays(-300)));
        return
        [
            "/", $"/?day={recent}", $"/?after={agent}", "/inbox", "/inbox?tab=all", "/inbox?tab=unsaid", $"/inbox?agent={agent}", $"/inbox?tab=all&agent={agent}", $"/inbox?tab=unsaid&agent={agent}",
            "/inbox?tab=all&agent=main", "/inbox?tab=unsaid&agent=main", $"/inbox/{FilledHome.Notification((works / 100 * 100) - 95)}",
            "/work", $"/work?agent={agent}", $"/work?agent={other}", "/work?agent=main", "/work?source=heartbeat", "/work?source=wake", "/work?source=subagent", "/work?outcome=skipped", "/work?outcome=failed",
            "/work?outcome=cancelled", "/work?outcome=waiting", "/work?outcome=running", "/work?reason=nothing-new", "/work?reason=model-error", "/work?reason=flood", "/work?source=wake&outcome=failed",
            $"/work?agent={agent}&outcome=cancelled", $"/work?agent={agent}&source=subagent", "/work?source=heartbeat&reason=flood", $"/work?from={recent}T00:00", $"/work?to={old}T00:00",
            $"/work?from={old}T00:00&to={recent}T00:00", $"/work?to={older}T00:00", $"/work?to={recent}T00:00&outcome=cancelled", $"/work?from={old}T00:00&reason=flood", "/work?parent=wrk_none",
            $"/work/{FilledHome.Work(works - 95)}", $"/work/{FilledHome.Work(works - 40)}",
            "/chat", $"/chat/{agent}", $"/chat/{other}", "/heartbeats", $"/heartbeats/{agent}", "/schedules", $"/schedules?agent={agent}", "/schedules?all=1", "/schedules/new", $"/schedules/{schedule}",
            "/agents", $"/agents/{agent}", "/cost", $"/cost?from={old}&to={recent}", $"/cost?from={older}", "/cost.csv?by=agent", "/system",
            "/api/events?limit=50", "/api/events?limit=50&type=budget.", $"/api/events?limit=50&agent={other}", "/api/events?limit=50&agent=main", $"/api/events?limit=50&work={FilledHome.Work(works - 95)}",
        ];

        static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private static async Task<string> LimitedKeyAsync(BenchGateway gateway)
    {
        using var body = new StringContent(JsonSerializer.Serialize(new { name = "guest", scopes = new[] { "admin", "chat" }, agents = FilledHome.Agents.Take(2) }), Encoding.UTF8, "application/json");
        using var answer = await gateway.Http.PostAsync("/api/keys", body);
        var text = await answer.Content.ReadAsStringAsync();
        using var made = JsonDocument.Parse(answer.IsSuccessStatusCode ? text : throw new InvalidOperationException(text));
        return made.RootElement.GetProperty("key").GetString()!;
    }

    private static async Task<string> ScheduleAsync(SignedIn person)
    {
        var (_, list) = await person.PageAsync("/schedules");
        var at = list.IndexOf("/schedules/sch_", StringComparison.Ordinal) + "/schedules/".Length;
        return list[at..list.IndexOf('"', at)];
    }

    private static async Task<bool> MeasureAsync(BenchGateway gateway, SignedIn person, string path)
    {
        var (first, text) = path == "/chat" ? (0, "") : await person.PageAsync(path);
        if (text.Length == 0)
            return true;
        var before = gateway.Processor;
        var taken = new double[Times];
        for (var i = 0; i < Times; i++)
            taken[i] = (await person.PageAsync(path)).Milliseconds;
        var processor = (gateway.Processor - before).TotalMilliseconds / Times;
        Array.Sort(taken);
        var (p50, p99) = (taken[Times / 2], taken[^1]);
        Console.WriteLine(FormattableString.Invariant($"{path,-54} {first,8:N1} {p50,8:N1} {p99,8:N1} {processor,8:N1} ms {text.Length >> 10,4} KB{(p99 > Goal || first > Goal ? "   OVER" : "")}"));
        return p99 <= Goal;
    }

    private static async Task BrowserAsync(BenchGateway gateway)
    {
        var chromium = new[] { Environment.GetEnvironmentVariable("VIGIL_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        if (chromium is null)
        {
            Console.Error.WriteLine("The browser is left out: install chromium, or name one in VIGIL_CHROMIUM.");
            return;
        }
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium });
        var taken = new List<(double Loaded, double Live)>();
        for (var i = 0; i < 10; i++)
        {
            // A new context each time: nothing is in its cache.
            await using var context = await browser.NewContextAsync();
            var page = await context.NewPageAsync();
            await page.GotoAsync((await SignedIn.LinkAsync(gateway)).ToString(), new() { WaitUntil = WaitUntilState.Commit });
            await page.WaitForURLAsync(gateway.Http.BaseAddress!.ToString());
            await page.GotoAsync("about:blank");
            await page.GotoAsync(gateway.Http.BaseAddress!.ToString());
            await page.WaitForFunctionAsync("() => document.documentElement.dataset.stream === 'open'");
            taken.Add((await page.EvaluateAsync<double>("() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"), await page.EvaluateAsync<double>("() => performance.now()")));
        }
        Console.WriteLine(FormattableString.Invariant(
            $"first page in Chromium: interactive (modules run) after {Median(taken.Select(one => one.Loaded)):N0} ms, worst {taken.Max(one => one.Loaded):N0} ms; live after {Median(taken.Select(one => one.Live)):N0} ms, worst {taken.Max(one => one.Live):N0} ms"));
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(5);
}
