using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Heartbeat;
using Vigil.Settings;

namespace Vigil.Gateway.Tests.Heartbeat;

/// <summary>How beats follow the files of agents, without looking into each of them again and again.</summary>
public sealed class RoundTests
{
    private static readonly AgentId s_other = AgentId.Parse("other");

    [Fact]
    public async Task Rounds_NothingChanged_NoProfileIsReadAgain()
    {
        await using var bed = await BeatBed.StartAsync();
        bed.Get<IAgentRegistry>().Add(s_other);
        await bed.CloseAsync();
        CountedRegistry? counted = null;
        await bed.OpenAsync([services =>
        {
            var registry = services.Last(service => service.ServiceType == typeof(IAgentRegistry));
            services.AddSingleton<IAgentRegistry>(provider => counted = new CountedRegistry((IAgentRegistry)registry.ImplementationFactory!(provider)));
        }]);
        for (var i = 0; i < 3; i++)
            await RoundAsync();
        Assert.Equal(4, counted!.Read);
        for (var i = 0; i < 10; i++)
            await RoundAsync();
        Assert.Equal(4, counted.Read);

        await File.WriteAllTextAsync(bed.Home.AgentFile(s_other), """{ "heartbeat": { "every": "15m" } }""");
        await RoundAsync();

        Assert.Equal(5, counted.Read);
        Assert.Equal(TimeSpan.FromMinutes(15), (await bed.Get<IHeartbeatStore>().GetAsync(s_other, CancellationToken.None))!.Every);
        Assert.Equal(TimeSpan.FromMinutes(30), (await bed.Get<IHeartbeatStore>().GetAsync(bed.Agent, CancellationToken.None))!.Every);

        async Task RoundAsync()
        {
            bed.Clock.Advance(TimeSpan.FromSeconds(11));
            await bed.PulseAsync();
        }
    }

    [Fact]
    public async Task MoreAgentsThanOnePulseLooksAt_AllHaveTheirRowsAfterTheNext()
    {
        await using var bed = await BeatBed.StartAsync();
        for (var i = 0; i < 2_500; i++)
            Directory.CreateDirectory(bed.Home.AgentDirectory(AgentId.Parse($"agent-{i:0000}")));
        await bed.RestartAsync();
        await bed.PulseAsync();
        await bed.PulseAsync();
        Assert.Equal(2_501, (await bed.Get<IHeartbeatStore>().ListAsync(null, null, 5_000, CancellationToken.None)).Items.Count);

        Directory.Delete(bed.Home.AgentDirectory(AgentId.Parse("agent-0007")), recursive: true);
        await bed.RestartAsync();
        await bed.PulseAsync();
        Assert.Equal(2_500, (await bed.Get<IHeartbeatStore>().ListAsync(null, null, 5_000, CancellationToken.None)).Items.Count);
    }

    private sealed class CountedRegistry(IAgentRegistry inner) : IAgentRegistry
    {
        /// <summary>Profiles that a round asked for.</summary>
        public int Read { get; private set; }

        public IReadOnlyList<SettingsError> Strays => inner.Strays;

        public AgentLookup Find(AgentId agent) => inner.Find(agent);

        public AgentLookup Peek(AgentId agent)
        {
            Read++;
            return inner.Peek(agent);
        }

        public AgentFileMark? MarkOf(AgentId agent) => inner.MarkOf(agent);

        public bool Exists(AgentId agent) => inner.Exists(agent);

        public IReadOnlyList<AgentId> Ids(string? after = null, int limit = int.MaxValue) => inner.Ids(after, limit);

        public IReadOnlyDictionary<string, string> Origins(AgentId agent) => inner.Origins(agent);

        public Fault? Add(AgentId agent, string? soul = null) => inner.Add(agent, soul);

        public Fault? Clone(AgentId source, AgentId target, bool memory = false) => inner.Clone(source, target, memory);

        public Fault? WhyNotRemove(AgentId agent) => inner.WhyNotRemove(agent);

        public AgentRemoval Remove(AgentId agent) => inner.Remove(agent);
    }
}
