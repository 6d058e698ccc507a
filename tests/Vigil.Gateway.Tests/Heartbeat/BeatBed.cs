using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Gateway.Tests.Support;
using Vigil.Heartbeat;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Notify;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Store;
using Vigil.Testing;
using Vigil.Testing.Models;
using Vigil.Time;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Heartbeat;

/// <summary>The engine with real settings and a real database, a scripted model, and a clock that the test moves. Starting it again on the same home is a restart.</summary>
internal sealed class BeatBed : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly TestStore _store;
    private ServiceProvider? _services;
    private List<IHostedService> _hosted = [];

    private BeatBed(DateTimeOffset start)
    {
        _directory = Directory.CreateTempSubdirectory("vigil-beat-");
        Home = new VigilHome(_directory.FullName);
        _store = new TestStore(Home);
        Clock = new VirtualClock(start);
        Model = new ScriptedModelCaller(Client);
        Client.Answer = _ => [new TextContent("All quiet.")];
    }

    public VigilHome Home { get; }

    public VirtualClock Clock { get; }

    public ScriptedChatClient Client { get; } = new();

    public IModelCaller Model { get; set; }

    public AgentId Agent => AgentId.Main;

    public IReadOnlyList<ScriptedRequest> Requests => Client.Requests;

    public static async Task<BeatBed> StartAsync(string heartbeat = """ "every": "30m" """, string start = "2026-03-02T00:00:00Z", string rest = "", string? checklist = "- Look at the mail\n", string? agent = null,
        string work = "")
    {
        var bed = new BeatBed(DateTimeOffset.Parse(start, null));
        HomeStarter.Ensure(bed.Home);
        bed.Settings(heartbeat, rest, work);
        if (agent is not null)
            await File.WriteAllTextAsync(bed.Home.AgentFile(bed.Agent), agent);
        if (checklist is not null)
            bed.Checklist(checklist);
        await bed.OpenAsync();
        return bed;
    }

    /// <summary>Leases are long: a test jumps over minutes while a run goes on, and the run's work must not count as lost.</summary>
    public void Settings(string heartbeat, string rest = "", string work = "")
        => File.WriteAllText(Home.SettingsFile, $$"""
            { "timezone": "Europe/Berlin", "models": { "default": "openai/gpt-5.4" }, "gateway": { "heartbeat": { {{heartbeat}} }, "work": { "lease": "30d"{{(work.Length > 0 ? ", " + work : "")}} } }{{(rest.Length > 0 ? ", " + rest : "")}} }
            """);

    public void Checklist(string text, AgentId? agent = null) => File.WriteAllText(Path.Combine(Home.Workspace(agent ?? Agent), "HEARTBEAT.md"), text);

    public T Get<T>()
        where T : notnull
        => _services!.GetRequiredService<T>();

    public AgentProfile Profile => Get<IAgentRegistry>().Find(Agent).Required();

    public async Task OpenAsync(IEnumerable<Action<IServiceCollection>>? more = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<IHostApplicationLifetime, NoLifetime>();
        services.AddVigilSettings(new SettingsInputs(Home), Clock, new Redaction());
        services.AddVigilStorage(await _store.OptionsAsync());
        services.AddSingleton<INodes>(new FakePulse());
        services.AddSingleton(Model);
        services.AddVigil();
        services.AddVigilHeartbeat();
        services.AddVigilBudgets();
        foreach (var add in more ?? [])
            add(services);
        _services = services.BuildServiceProvider();
        await Get<IStore>().OpenAsync(CancellationToken.None);
        _hosted = [.. _services.GetServices<IHostedService>()];
        foreach (var one in _hosted)
            await one.StartAsync(CancellationToken.None);
    }

    public async Task CloseAsync()
    {
        foreach (var one in _hosted)
            await one.StopAsync(CancellationToken.None);
        _hosted = [];
        if (_services is not null)
            await _services.DisposeAsync();
        _services = null;
    }

    public async Task RestartAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }

    /// <summary>The settings are read anew while all goes on, and the next pulse comes.</summary>
    public async Task ReloadAsync()
    {
        ((SettingsMonitor)Get<ISettings>()).Refresh();
        await PulseAsync();
        await SettleAsync();
    }

    /// <summary>Moves the clock there, gives the pulse, and waits until every work that is due has come to its end or was put off.</summary>
    public async Task AtAsync(DateTimeOffset instant)
    {
        Clock.AdvanceTo(instant);
        await PulseAsync();
        await SettleAsync();
    }

    public Task AtAsync(string instant) => AtAsync(DateTimeOffset.Parse(instant, null));

    /// <summary>From pulse to pulse until then.</summary>
    public async Task ThroughAsync(DateTimeOffset until, TimeSpan step)
    {
        for (var at = Clock.GetUtcNow() + step; at <= until; at += step)
            await AtAsync(at);
    }

    public async Task PulseAsync()
    {
        foreach (var handler in _services!.GetServices<IPulseHandler>())
            await handler.OnPulseAsync(Clock.GetUtcNow(), CancellationToken.None);
    }

    /// <summary>Waits until none is due and no work runs but so many, which wait for the test.</summary>
    public async Task SettleAsync(int running = 0)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var seen = await Get<IEventLog>().RangeAsync(limit.Token);
            var counts = await Get<IWorkStore>().CountsAsync(limit.Token);
            if (counts.Due == 0 && counts.Running == running)
                return;
            Get<WorkSignal>().Set();
            await Get<IEventLog>().WaitAsync(seen.Newest, limit.Token);
        }
    }

    /// <summary>The next slot of the agent.</summary>
    public async Task<DateTimeOffset> NextAsync(AgentId? agent = null)
    {
        await PulseAsync();
        return (await Get<IHeartbeatStore>().GetAsync(agent ?? Agent, CancellationToken.None))!.NextAt;
    }

    /// <summary>Goes to the next slot and returns what became of it.</summary>
    public async Task<AgentWork> BeatAsync()
    {
        await AtAsync(await NextAsync());
        return await LastAsync();
    }

    public async Task<AgentWork> LastAsync(string? source = null)
        => (await Get<IWorkStore>().ListAsync(new WorkFilter { Sources = source is null ? null : [source] }, null, 1, CancellationToken.None)).Items[0];

    public async Task<IReadOnlyList<AgentWork>> WorksAsync(AgentId? agent = null)
        => (await Get<IWorkStore>().ListAsync(new WorkFilter { Agents = agent is { } one ? [one] : null }, null, 1000, CancellationToken.None)).Items;

    public async Task<AgentWork> RunNowAsync()
    {
        await PulseAsync();
        var work = await Get<Heartbeats>().RunAsync(Profile, CancellationToken.None);
        await SettleAsync();
        return await WorkAsync(work.Id);
    }

    public async Task<WakeAdmission> WakeAsync(string text, bool urgent = false, AgentId? agent = null)
        => await Get<Wakes>().WakeAsync(Get<IAgentRegistry>().Find(agent ?? Agent).Required(), text, "hook", urgent, null, CancellationToken.None);

    public async Task<AgentWork> WorkAsync(string id) => (await Get<IWorkStore>().GetAsync(id, CancellationToken.None))!;

    public async Task<IReadOnlyList<Notification>> InboxAsync()
        => (await Get<INotificationStore>().InboxAsync(new InboxFilter(), Clock.GetUtcNow(), null, 100, CancellationToken.None)).Items;

    public async Task<IReadOnlyList<VigilEvent>> EventsAsync(string type) => await Get<IEventLog>().ReadAsync(0, 10_000, new EventFilter(TypePrefix: type), CancellationToken.None);

    /// <summary>A person says something in the agent's main conversation and is answered.</summary>
    public async Task<ScriptedRequest> ChatAsync(string text)
    {
        var before = Requests.Count;
        await Get<ChatTurns>().RunAsync(new ChatRequest { Agent = Agent, Session = SessionKey.Main(Agent), Input = [new ChatMessage(ChatRole.User, text)] }, new NoObserver(), CancellationToken.None);
        return Requests.Skip(before).First(request => request.LastUserText.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>What stands in the main conversation.</summary>
    public async Task<IReadOnlyList<string>> ConversationAsync()
        => [.. (await Get<ISessionStore>().ReadAsync(SessionKey.Main(Agent), 0, 1000, CancellationToken.None)).Select(message => $"{message.Message.Role}: {message.Message.Text}")];

    /// <summary>All that a request says, as one text.</summary>
    public static string TextOf(ScriptedRequest request)
        => string.Join("\n", request.Messages.Select(message => $"{message.Role}: {string.Join("\n", message.Contents.Select(content => content switch
        {
            TextContent text => text.Text,
            FunctionResultContent result => result.Result?.ToString(),
            FunctionCallContent call => $"{call.Name} {JsonSerializer.Serialize(call.Arguments)}",
            _ => "",
        }))}"));

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private sealed class NoObserver : ITurnObserver;

    private sealed class NoLifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}
