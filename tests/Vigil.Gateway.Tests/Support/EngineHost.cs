using Vigil.Diagnosis;
using Vigil.Ledger;
using Vigil.Heartbeat;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Gateway.Logs;
using Vigil.Keys;
using Vigil.Models;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Store;
using Vigil.Testing;
using Vigil.Testing.Models;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Support;

/// <summary>A whole gateway in this process: HTTP, the engine and a real database, with a scripted model and a virtual clock. It pulses when the test says so.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _directory;
    private readonly TestStore _store;
    private WebApplication? _app;

    private EngineHost(DirectoryInfo directory, VirtualClock clock, TestStore? store = null)
    {
        _directory = directory;
        Clock = clock;
        _store = store ?? new TestStore(Home);
    }

    public VirtualClock Clock { get; }

    /// <summary>Leases are long: a test jumps over minutes while a run goes on.</summary>
    public FixedSettings Settings { get; } = new() { Current = new() { Timezone = "Europe/Berlin", Gateway = new GatewaySettings { Port = 0, Work = new WorkSettings { Lease = TimeSpan.FromDays(30) } } } };

    public ScriptedModelCaller Model { get; } = new();

    public TestAgents Agents { get; } = new("main", "other");

    public RecordedLog Log { get; } = new();

    /// <summary>Gates, sources and channels of the test, added before the gateway is built.</summary>
    public Action<IServiceCollection>? More { get; set; }

    public HttpClient Http { get; private set; } = null!;

    public VigilHome Home => new(_directory.FullName);

    public T Get<T>()
        where T : notnull
        => _app!.Services.GetRequiredService<T>();

    public static Task<EngineHost> StartAsync(Action<EngineHost>? before = null, DateTimeOffset? now = null)
        => StartAsync(new EngineHost(Directory.CreateTempSubdirectory("vigil-"), now is { } at ? new VirtualClock(at) : new VirtualClock()), before);

    /// <summary>Stops this gateway and starts another one on the same home after a while.</summary>
    public async Task<EngineHost> RestartAsync(TimeSpan down, Action<EngineHost>? before = null)
    {
        await StopAsync();
        Clock.Advance(down);
        var next = new EngineHost(_directory, Clock, _store);
        next.Settings.Current = Settings.Current;
        return await StartAsync(next, before);
    }

    /// <summary>A second of the clock, and the sweep that comes with it.</summary>
    public async Task PulseAsync(TimeSpan? after = null)
    {
        if (after is { } by)
            Clock.Advance(by);
        foreach (var handler in _app!.Services.GetServices<IPulseHandler>().Where(handler => handler.Name == "cron"))
            await handler.OnPulseAsync(Clock.GetUtcNow(), default);
    }

    /// <summary>Moves the clock, and lets the runner look for what became due: a timer that it sets a moment later would not fire.</summary>
    public void Advance(TimeSpan by)
    {
        Clock.Advance(by);
        Get<WorkSignal>().Set();
    }

    public async Task<HttpClient> WithKeyAsync(KeyScopes scopes, params string[] agents)
    {
        var issued = await Get<IKeyStore>().AddAsync(new NewApiKey("test", scopes) { Agents = agents.Length == 0 ? null : [.. agents.Select(agent => AgentId.Parse(agent))] }, default);
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", issued.Plaintext);
        return client;
    }

    public HttpClient Anonymous() => new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Http.BaseAddress, Timeout = s_patience };

    public async Task<IReadOnlyList<AgentWork>> WorksAsync() => [.. (await Get<IWorkStore>().ListAsync(new WorkFilter(), null, 500, default)).Items.Reverse()];

    /// <summary>All works, once as many as the test expects have ended.</summary>
    public Task<IReadOnlyList<AgentWork>> EndedAsync(int count)
        => UntilAsync(WorksAsync, works => works.Count(work => work.State == WorkState.Finished) >= count);

    /// <summary>Looks after each event until what is seen is what the test waits for.</summary>
    public async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> enough)
    {
        using var patience = new CancellationTokenSource(s_patience);
        var log = Get<IEventLog>();
        while (true)
        {
            var newest = (await log.RangeAsync(patience.Token)).Newest;
            var seen = await look();
            if (enough(seen))
                return seen;
            try
            {
                await log.WaitAsync(newest, patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Waited in vain. What is there: {seen}\n{string.Join('\n', await WorksAsync())}\nThe log:\n{string.Join('\n', Log.Lines)}");
            }
        }
    }

    public async Task<IReadOnlyList<Notification>> InboxAsync() => (await Get<INotificationStore>().InboxAsync(new InboxFilter { IncludeDone = true }, Clock.GetUtcNow(), null, 100, default)).Items;

    public async Task<IReadOnlyList<VigilEvent>> EventsAsync(string type) => [.. (await Get<IEventLog>().ReadAsync(0, 5000, new EventFilter(TypePrefix: type), default))];

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _store.DisposeAsync();
        if (_directory.Exists)
            _directory.Delete(recursive: true);
    }

    private static async Task<EngineHost> StartAsync(EngineHost host, Action<EngineHost>? before)
    {
        before?.Invoke(host);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var services = builder.Services;
        services.AddVigilSettings(new SettingsInputs(host.Home), host.Clock, new Redaction());
        services.AddSingleton<TimeProvider>(host.Clock).AddSingleton<ISettings>(host.Settings).AddSingleton<IAgentRegistry>(host.Agents).AddSingleton(host.Home).AddSingleton<ISecrets>(new GivenSecrets());
        var pulse = new FakePulse();
        services.AddSingleton<INodes>(pulse).AddSingleton<IPulse>(pulse);
        services.AddVigilStorage(await host._store.OptionsAsync());
        services.AddSingleton(new LogOptions(Json: true, text => text));
        builder.Logging.AddProvider(host.Log);
        services.AddSingleton<IModelCaller>(host.Model);
        services.AddVigil();
        services.AddVigilHeartbeat().AddVigilBudgets().AddVigilDoctor(_ => new DoctorProbes());
        builder.AddVigilGateway();
        host.More?.Invoke(services);
        host._app = builder.Build();
        await host.Get<IStore>().OpenAsync(default);
        host._app.MapVigil();
        await host._app.StartAsync();
        var address = host.Get<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        host.Http = new HttpClient { BaseAddress = new Uri(address) };
        host.Http = await host.WithKeyAsync(KeyScopes.All);
        return host;
    }

    private async Task StopAsync()
    {
        if (_app is null)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    private sealed class GivenSecrets : ISecrets
    {
        public SecretResult Resolve(string reference, AgentId? agent) => reference == "env:HOOK" ? new SecretResult("s3cret", null) : new SecretResult(null, $"{reference} is not set.");
    }
}

/// <summary>Agents with a model, by name.</summary>
internal sealed class TestAgents(params string[] names) : IAgentRegistry
{
    /// <summary>Agents that were taken away.</summary>
    public HashSet<string> Gone { get; } = [];

    public Func<AgentProfile, AgentProfile> Change { get; set; } = profile => profile;

    public IReadOnlyList<SettingsError> Strays => [];

    public AgentLookup Find(AgentId agent) => Exists(agent)
        ? new AgentLookup
        {
            Profile = Change(new AgentProfile
            {
                Id = agent,
                Hash = $"hash-{agent}",
                Model = "scripted/own",
                ModelDecidedBy = "agent",
                Fallbacks = ["scripted/second"],
                Providers = new Dictionary<string, ProviderSettings> { ["scripted"] = new() { Kind = "scripted" } },
                Timezone = "Europe/Berlin",
            }),
        }
        : new AgentLookup { Unknown = new Fault("agent_not_found", $"There is no agent '{agent}'.") { Kind = FaultKind.NotFound } };

    public bool Exists(AgentId agent) => names.Contains(agent.Value) && !Gone.Contains(agent.Value);

    public IReadOnlyList<AgentId> Ids(string? after = null, int limit = int.MaxValue) => [.. names.Select(name => AgentId.Parse(name))];

    public IReadOnlyDictionary<string, string> Origins(AgentId agent) => new Dictionary<string, string>();

    public Fault? Add(AgentId agent, string? soul = null) => throw new NotSupportedException();

    public Fault? WhyNotRemove(AgentId agent) => throw new NotSupportedException();

    public AgentRemoval Remove(AgentId agent) => throw new NotSupportedException();

    public Fault? Clone(AgentId source, AgentId target, bool memory = false) => throw new NotSupportedException();
}
