using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Models;
using Vigil.Testing.Models;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Heartbeat;

/// <summary>Many agents beside each other.</summary>
public sealed class FleetTests
{
    private static readonly DateTimeOffset s_start = DateTimeOffset.Parse("2026-03-02T00:00:00Z", null);

    [Fact]
    public async Task H07_FiftyAgentsMissedSlots_OneLateBeatEachThroughTheSlots()
    {
        await using var bed = await BeatBed.StartAsync(work: """ "slots": 4 """);
        for (var i = 1; i < 50; i++)
            bed.Get<IAgentRegistry>().Add(AgentId.Parse($"agent-{i:00}"));
        foreach (var agent in bed.Get<IAgentRegistry>().Ids())
            bed.Checklist("- Look\n", agent);
        await bed.AtAsync(s_start.AddSeconds(11));
        await bed.CloseAsync();
        var counted = new CountedModel(bed.Model);
        bed.Model = counted;
        bed.Clock.AdvanceTo(s_start.AddHours(6));
        await bed.OpenAsync();

        var release = new TaskCompletionSource<string>();
        for (var i = 0; i < 50; i++)
            bed.Client.EnqueueWhen(release.Task);
        await bed.PulseAsync();
        for (var i = 0; i < 4; i++)
            await bed.Client.NextAsync();
        Assert.Equal(4, (await bed.Get<IWorkStore>().CountsAsync(CancellationToken.None)).Running);
        release.SetResult("All quiet.");
        await bed.SettleAsync();

        var works = await bed.WorksAsync();
        Assert.Equal(50, works.Count);
        Assert.Equal(50, works.Select(work => work.Agent).Distinct().Count());
        Assert.All(works, work => Assert.Equal(Outcome.Silent, work.Outcome));
        Assert.All(works, work => Assert.InRange(work.Slot!.Value, s_start.AddHours(5.5), s_start.AddHours(6)));
        Assert.Equal(4, counted.Most);
        Assert.Equal(50, counted.Calls);
    }

    [Fact]
    public async Task H11_AThousandDueInOneSweep_EachHasItsRowAndASlowBeatDelaysNone()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "1h" """);
        for (var i = 1; i < 1_000; i++)
            Directory.CreateDirectory(bed.Home.AgentDirectory(AgentId.Parse($"agent-{i:000}")));
        await bed.RestartAsync();
        await bed.PulseAsync();
        var release = new TaskCompletionSource<string>();
        bed.Client.EnqueueWhen(release.Task);

        bed.Clock.AdvanceTo(s_start.AddHours(1));
        await bed.PulseAsync();

        var works = await bed.WorksAsync();
        Assert.Equal(1_000, works.Count);
        Assert.Equal(1_000, works.Select(work => work.Agent).Distinct().Count());
        await bed.Client.NextAsync();
        await bed.SettleAsync(running: 1);
        Assert.All(await bed.WorksAsync(), work => Assert.Equal(work.Agent == bed.Agent ? WorkState.Running : WorkState.Finished, work.State));
        release.SetResult("Done.");
        await bed.SettleAsync();
        Assert.Equal(Outcome.Silent, Assert.Single(await bed.WorksAsync(bed.Agent)).Outcome);
    }

    [Fact]
    public async Task H89_ABlockOfItsOwn_ChangesThatAgentKeyByKeyAndAllOthersBeat()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "model": "openai/gpt-5-nano" """, agent: """{ "heartbeat": { "every": "1h" } }""");
        var others = new[] { AgentId.Parse("one"), AgentId.Parse("two") };
        foreach (var other in others)
        {
            bed.Get<IAgentRegistry>().Add(other);
            bed.Checklist("- Look\n", other);
        }
        await bed.AtAsync(s_start.AddSeconds(11));

        await bed.ThroughAsync(s_start.AddHours(4), TimeSpan.FromMinutes(5));

        Assert.InRange((await bed.WorksAsync(bed.Agent)).Count, 3, 4);
        foreach (var other in others)
            Assert.InRange((await bed.WorksAsync(other)).Count, 7, 8);
        Assert.All(await bed.WorksAsync(), work => Assert.Equal(("openai/gpt-5-nano", Outcome.Silent), (work.Usage.ModelAsked, work.Outcome)));
    }

    /// <summary>Counts the calls that are under way at once.</summary>
    private sealed class CountedModel(IModelCaller inner) : IModelCaller
    {
        private readonly Lock _lock = new();
        private int _now;

        public int Most { get; private set; }

        public int Calls { get; private set; }

        public async Task<ModelReply> CallAsync(ModelCall call, Func<ChatResponseUpdate, ValueTask>? onUpdate, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                _now++;
                Calls++;
                Most = Math.Max(Most, _now);
            }
            try
            {
                return await inner.CallAsync(call, onUpdate, cancellationToken);
            }
            finally
            {
                lock (_lock)
                    _now--;
            }
        }
    }
}
