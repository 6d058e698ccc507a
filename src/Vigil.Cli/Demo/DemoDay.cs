using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Vigil.Cli.Client;
using Vigil.Cli.Terminal;
using Vigil.Cron;
using Vigil.Ledger;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Cli.Demo;

/// <summary>
/// Plays the demo's day: until the afternoon in leaps from one moment to the next, each of which the engine works off as any other, then at the speed of the clock. It changes
/// files, posts one webhook and plans two memos; all else is the engine.
/// </summary>
internal sealed class DemoDay(VigilHome home, TestClock clock, DemoStart start, Schedules schedules, IWorkStore works, IPulse pulse, ILedger ledger, ILogger<DemoDay> log) : BackgroundService
{
    private static readonly LocalDate s_date = new(2026, 3, 27);
    private static readonly TimeSpan s_leap = TimeSpan.FromMinutes(12);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(2);
    private static readonly LocalTime s_memo = new(7, 30);
    private static readonly LocalTime s_end = new(17, 5);

    private static DateTimeZone Zone => DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    /// <summary>Midnight of the demo's day.</summary>
    public static DateTimeOffset Midnight => At(LocalTime.Midnight);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await start.Greeted.WaitAsync(stoppingToken);
            await PlanAsync("Memo of the morning", "30 7 * * 1-5", "Write the memo of the morning.", stoppingToken);
            await PlanAsync("Memo of the evening", "0 17 * * 1-5", "Write the memo of the evening.", stoppingToken);
            await LeapToAsync(At(s_memo), stoppingToken);
            foreach (var scene in DemoScene.All.Where(scene => scene.At < DemoScene.Curtain))
            {
                await LeapToAsync(At(scene.At), stoppingToken);
                await PlayAsync(scene, stoppingToken);
            }
            await LeapToAsync(At(DemoScene.Curtain), stoppingToken);
            Say("The day until now was played in leaps; from here on one second is one minute. Watch the page Today.");
            foreach (var scene in DemoScene.All.Where(scene => scene.At >= DemoScene.Curtain))
            {
                await UntilAsync(At(scene.At), stoppingToken);
                Say(scene.What);
                await PlayAsync(scene, stoppingToken);
            }
            await UntilAsync(At(s_end), stoppingToken);
            await CountAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Whoever watched has seen enough.
        }
        catch (Exception failed) when (failed is IOException or HttpRequestException)
        {
            log.LogError(failed, "The demo's day cannot go on; its gateway does");
        }
    }

    private static DateTimeOffset At(LocalTime time) => Zone.AtLeniently(s_date.At(time)).ToDateTimeOffset();

    private async Task PlanAsync(string name, string cron, string prompt, CancellationToken cancellationToken)
    {
        var answer = await schedules.AddAsync(new ScheduleRequest { Name = name, Agent = "main", Schedule = new ScheduleSpec { Cron = cron }, Prompt = prompt }, cancellationToken);
        if (answer.Schedule is null)
            throw new InvalidOperationException(answer.Faults[0].Message);
    }

    private async Task LeapToAsync(DateTimeOffset target, CancellationToken cancellationToken)
    {
        while (clock.GetUtcNow() < target)
        {
            var left = target - clock.GetUtcNow();
            clock.Leap(left < s_leap ? left : s_leap);
            await SettleAsync(clock.GetUtcNow(), cancellationToken);
        }
    }

    /// <summary>Until the engine has looked at the time that it is now, and has done all that became due.</summary>
    private async Task SettleAsync(DateTimeOffset leaptTo, CancellationToken cancellationToken)
    {
        while (pulse.Last is not { } last || last < leaptTo || await works.CountsAsync(cancellationToken) is not { Due: 0, Running: 0 })
            await Task.Delay(s_look, clock, cancellationToken);
    }

    private async Task UntilAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        var wait = time - clock.GetUtcNow();
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait + s_look, clock, cancellationToken);
    }

    private async Task PlayAsync(DemoScene scene, CancellationToken cancellationToken)
    {
        if (scene.File is { } file)
        {
            await File.WriteAllTextAsync(Path.Combine(home.Agents, file), scene.Text, cancellationToken);
            return;
        }
        using var http = new HttpClient { BaseAddress = new Uri(RuntimeFile.Read(home)!.Address) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(home.GatewayKeyFile, cancellationToken)).Trim());
        using var answer = await http.PostAsJsonAsync("/hooks/ci", new { text = scene.Text }, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        var day = s_date.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);
        var spent = await ledger.SpendAsync(SpendBy.Agent, day, day, null, cancellationToken);
        Say(string.Create(CultureInfo.InvariantCulture, $"The day so far: {Counted.Of(spent.Sum(row => row.Calls), "call")} of the model, ${spent.Sum(row => row.CostUsd):0.0000} at invented prices. Nothing more happens by itself; beats go on. Stop with Ctrl-C."));
    }

    // Each line says it: nobody shall take the demo for more than it is.
    private void Say(string what) => Output.Line($"  {Instant.FromDateTimeOffset(clock.GetUtcNow()).InZone(Zone).TimeOfDay.ToString("HH:mm", CultureInfo.InvariantCulture)} test clock, scripted model: {what}");
}

/// <summary>The day begins when the sign-in link was printed.</summary>
internal sealed class DemoStart
{
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Greeted => _greeted.Task;

    public void Begin() => _greeted.TrySetResult();
}
