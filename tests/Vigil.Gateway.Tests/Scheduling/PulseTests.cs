using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Gateway.Tests.Support;
using Vigil.Scheduling;
using Vigil.Testing;
using Vigil.Time;

namespace Vigil.Gateway.Tests.Scheduling;

public sealed class PulseTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Pulse_ComesOnceASecondOnTheClock()
    {
        var clock = new VirtualClock();
        var handler = new Recorder();
        await using var services = Services(clock, handler);
        await StartAsync(services);
        var last = await handler.NextAsync();
        for (var i = 0; i < 5; i++)
        {
            var next = await AdvanceUntilAsync(clock, handler);
            Assert.Equal(TimeSpan.FromSeconds(1), next - last);
            last = next;
        }
        Assert.Equal(last, services.GetRequiredService<IPulse>().Last);
        Assert.Null(await services.GetRequiredService<IPulse>().ProblemAsync(default));
        await StopAsync(services);
        Assert.NotNull(await services.GetRequiredService<IPulse>().ProblemAsync(default));
    }

    [Fact]
    public async Task Pulse_GoesOn_WhenTheMachinesClockIsSetBack()
    {
        var clock = new VirtualClock();
        var wall = new ShiftedWall(clock);
        var handler = new Recorder();
        await using var services = Services(wall, handler);
        await StartAsync(services);
        await handler.NextAsync();
        await AdvanceUntilAsync(clock, handler);
        wall.Shift = TimeSpan.FromHours(-1);
        var first = await AdvanceUntilAsync(clock, handler);
        var second = await AdvanceUntilAsync(clock, handler);
        Assert.Equal(wall.GetUtcNow(), second);
        Assert.Equal(TimeSpan.FromSeconds(1), second - first);
        await StopAsync(services);
    }

    [Fact]
    public async Task Pulse_LiesOnTheWholeSecond_WhateverTheStart()
    {
        var clock = new VirtualClock();
        var wall = new ShiftedWall(clock) { Shift = TimeSpan.FromMilliseconds(-300) };
        var handler = new Recorder();
        await using var services = Services(wall, handler);
        await StartAsync(services);
        await handler.NextAsync();
        await clock.WaitForTimersAsync(1).WaitAsync(s_patience);
        clock.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(0, (await handler.NextAsync().WaitAsync(s_patience)).Ticks % TimeSpan.TicksPerSecond);
        await StopAsync(services);
    }

    [Fact]
    public async Task Handler_ThatThrows_IsLoggedAndCalledAgainAndStopsNoOther()
    {
        var clock = new VirtualClock();
        var handler = new Recorder();
        var bad = new Throwing();
        var log = new RecordedLog();
        await using var services = Services(clock, handler, bad, log);
        await StartAsync(services);
        await handler.NextAsync();
        await AdvanceUntilAsync(clock, handler);
        await StopAsync(services);
        Assert.True(bad.Calls >= 2);
        Assert.Contains(log.Lines, line => line.Contains("Pulse handler bad failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pulse_ThatIsMissing_IsAProblem()
    {
        var clock = new VirtualClock();
        var handler = new Recorder { Block = true };
        await using var services = Services(clock, handler);
        await StartAsync(services);
        await handler.NextAsync();
        clock.Advance(TimeSpan.FromSeconds(16));
        Assert.StartsWith("No pulse since", await services.GetRequiredService<IPulse>().ProblemAsync(default), StringComparison.Ordinal);
        handler.Release();
        await StopAsync(services);
    }

    [Fact]
    public async Task Housekeeping_RunsAtItsPace()
    {
        var clock = new VirtualClock();
        var handler = new Recorder();
        var upkeep = new Upkeep();
        await using var services = Services(clock, handler, null, null, upkeep);
        await StartAsync(services);
        await handler.NextAsync();
        // The first run is due ten seconds after the start. What is due is waited for before the clock goes on: a busy machine may begin it much later.
        for (var second = 1; second < 10; second++)
        {
            await AdvanceUntilAsync(clock, handler);
            Assert.False(upkeep.Ran.Task.IsCompleted);
        }
        await clock.WaitForTimersAsync(1).WaitAsync(s_patience);
        clock.Advance(TimeSpan.FromSeconds(1));
        await upkeep.Ran.Task.WaitAsync(s_patience);
        await StopAsync(services);
    }

    /// <summary>Moves the clock by a second once the scheduler, which looks at it in its own thread, waits for it, and then waits for the pulse.</summary>
    private static async Task<DateTimeOffset> AdvanceUntilAsync(VirtualClock clock, Recorder handler)
    {
        await clock.WaitForTimersAsync(1).WaitAsync(s_patience);
        clock.Advance(TimeSpan.FromSeconds(1));
        return await handler.NextAsync().WaitAsync(s_patience);
    }

    private static ServiceProvider Services(TimeProvider clock, IPulseHandler handler, IPulseHandler? other = null, ILoggerProvider? log = null, IHousekeeping? upkeep = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging =>
        {
            if (log is not null)
                logging.AddProvider(log);
        });
        services.AddSingleton(clock).AddVigilScheduling(clock);
        if (other is not null)
            services.AddSingleton(other);
        services.AddSingleton(handler);
        if (upkeep is not null)
            services.AddSingleton(upkeep);
        return services.BuildServiceProvider();
    }

    private static async Task StartAsync(ServiceProvider services)
    {
        foreach (var service in services.GetServices<IHostedService>())
            await service.StartAsync(default);
    }

    private static async Task StopAsync(ServiceProvider services)
    {
        foreach (var service in services.GetServices<IHostedService>())
            await service.StopAsync(default);
    }

    private sealed class Recorder : IPulseHandler
    {
        private readonly Channel<DateTimeOffset> _pulses = Channel.CreateUnbounded<DateTimeOffset>();
        private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Block { get; init; }

        public string Name => "recorder";

        public async ValueTask OnPulseAsync(DateTimeOffset now, CancellationToken cancellationToken)
        {
            await _pulses.Writer.WriteAsync(now, cancellationToken);
            if (Block)
                await _release.Task;
        }

        public Task<DateTimeOffset> NextAsync() => _pulses.Reader.ReadAsync().AsTask();

        public void Release() => _release.SetResult();
    }

    /// <summary>A wall clock that somebody may set; timers know nothing of that.</summary>
    private sealed class ShiftedWall(VirtualClock clock) : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + Shift;

        public override long GetTimestamp() => clock.GetTimestamp();

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => clock.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class Throwing : IPulseHandler
    {
        private int _calls;

        public int Calls => _calls;

        public string Name => "bad";

        public ValueTask OnPulseAsync(DateTimeOffset now, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            throw new InvalidOperationException("no good");
        }
    }

    private sealed class Upkeep : IHousekeeping
    {
        public TaskCompletionSource Ran { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "upkeep";

        public TimeSpan Every => TimeSpan.FromSeconds(10);

        public Task RunAsync(CancellationToken cancellationToken)
        {
            Ran.TrySetResult();
            return Task.CompletedTask;
        }
    }
}
