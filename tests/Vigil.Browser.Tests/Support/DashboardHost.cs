using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Diagnosis;
using Vigil.Events;
using Vigil.Gateway;
using Vigil.Heartbeat;
using Vigil.Keys;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Store;
using Vigil.Testing;
using Vigil.Testing.Models;
using Vigil.Time;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Browser.Tests.Support;

/// <summary>A whole gateway in this process for a browser to look at: Kestrel, the engine, real settings and SQLite, a scripted model, and a clock that the test moves.</summary>
internal sealed class DashboardHost : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vigil-");
    private WebApplication? _app;

    public VirtualClock Clock { get; } = new(new DateTimeOffset(2026, 3, 26, 23, 0, 0, TimeSpan.Zero));

    public ScriptedChatClient Model { get; } = new();

    public VigilHome Home => new(_directory.FullName);

    public Uri Address { get; private set; } = null!;

    public IServiceProvider Services => _app!.Services;

    public T Get<T>()
        where T : notnull
        => Services.GetRequiredService<T>();

    /// <param name="settings">vigil.json.</param>
    public static async Task<DashboardHost> StartAsync(string settings, params string[] agents)
    {
        var host = new DashboardHost();
        host.Model.Answer = _ => [new TextContent("NO_REPLY")];
        HomeStarter.Ensure(host.Home);
        await File.WriteAllTextAsync(host.Home.SettingsFile, settings);
        foreach (var agent in agents)
        {
            Directory.CreateDirectory(host.Home.Workspace(AgentId.Parse(agent)));
            await File.WriteAllTextAsync(host.Home.AgentFile(AgentId.Parse(agent)), "{}");
        }
        await host.OpenAsync();
        return host;
    }

    public void Checklist(string agent, string text) => File.WriteAllText(Path.Combine(Home.Workspace(AgentId.Parse(agent)), "HEARTBEAT.md"), text);

    /// <summary>From pulse to pulse, each with all that becomes due then.</summary>
    public async Task PlayAsync(DateTimeOffset until, TimeSpan step)
    {
        while (Clock.GetUtcNow() < until)
        {
            Clock.Advance(step);
            await PulseAsync();
        }
    }

    public async Task PulseAsync()
    {
        foreach (var handler in Services.GetServices<IPulseHandler>())
            await handler.OnPulseAsync(Clock.GetUtcNow(), default);
        await SettleAsync();
    }

    /// <summary>Waits until no work runs and none is due.</summary>
    public async Task SettleAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var seen = await Get<IEventLog>().RangeAsync(patience.Token);
            if (await Get<IWorkStore>().CountsAsync(patience.Token) is { Due: 0, Running: 0 })
                return;
            Get<WorkSignal>().Set();
            await Get<IEventLog>().WaitAsync(seen.Newest, patience.Token);
        }
    }

    /// <summary>Waits until nobody's turn runs in the session.</summary>
    public async Task TurnsOverAsync(SessionKey session)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var seen = await Get<IEventLog>().RangeAsync(patience.Token);
            if (await Get<IRunStore>().OpenChatAsync(session, patience.Token) is null)
                return;
            await Get<IEventLog>().WaitAsync(seen.Newest, patience.Token);
        }
    }

    /// <summary>A sign-in link, as <c>vigil up</c> prints it.</summary>
    public async Task<string> LinkAsync() => new Uri(Address, $"/signin?token={await Get<ISignInStore>().IssueAsync(null, default)}").ToString();

    public async Task<AgentWork> AskAsync(string agent, string prompt, Func<AgentWork, AgentWork>? change = null)
    {
        var id = AgentId.Parse(agent);
        var now = Clock.GetUtcNow();
        var work = new AgentWork
        {
            Id = NewId.Work(Clock),
            Agent = id,
            Source = WorkSources.Run,
            Origin = "test",
            Prompt = prompt,
            Session = SessionKey.For(id, "api", string.Create(CultureInfo.InvariantCulture, $"t{now.Ticks}")),
            CreatedAt = now,
            DueAt = now,
        };
        var asked = (await Get<WorkIntake>().AdmitAsync(new NewWork(change?.Invoke(work) ?? work), default)).Work;
        // The clock must not run away under a work that is being done: its lease would end.
        await SettleAsync();
        return asked;
    }

    /// <summary>A notification of main, as if it had just been said.</summary>
    public async Task PostAsync(string id, string text)
    {
        var now = Clock.GetUtcNow();
        var posted = new Notification { Id = id, Agent = AgentId.Main, Source = WorkSources.Heartbeat, Text = text, State = NotificationState.Posted, CreatedAt = now };
        Assert.True(await Get<INotificationStore>().PostAsync(posted, [new NewEvent(now, EventTypes.NotificationPosted, "gateway", "main")], default));
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        _directory.Delete(recursive: true);
    }

    private async Task OpenAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var services = builder.Services;
        services.AddSingleton<TimeProvider>(Clock);
        services.AddVigilSettings(new SettingsInputs(Home) { Set = ["gateway.port=0"] }, Clock, new Redaction());
        services.AddVigilStorage(new StorageOptions { File = Home.Database, Synchronous = SqliteSync.Normal });
        var pulse = new StillPulse(Clock);
        services.AddSingleton<INodes>(pulse).AddSingleton<IPulse>(pulse);
        services.AddVigilModels();
        services.AddSingleton<IModelCaller>(new ScriptedModelCaller(Model));
        services.AddVigil();
        services.AddVigilHeartbeat().AddVigilBudgets();
        services.AddVigilDoctor(_ => new DoctorProbes { ModelReach = (_, _, _) => Task.FromResult<string?>(null) });
        builder.AddVigilGateway();
        _app = builder.Build();
        await Get<IStore>().OpenAsync(default);
        _app.MapVigil();
        await _app.StartAsync();
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    private sealed class StillPulse(TimeProvider time) : INodes, IPulse
    {
        public string Self => "node-1";

        public DateTimeOffset? Last => time.GetUtcNow();

        public Task<IReadOnlyList<Node>> LivingAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Node>>([new Node(Self, time.GetUtcNow())]);

        public Task<string?> ProblemAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);
    }
}
