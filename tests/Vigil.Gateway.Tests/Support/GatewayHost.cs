using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Channels;
using Vigil.Diagnosis;
using Vigil.Events;
using Vigil.Heartbeat;
using Vigil.Ledger;
using Vigil.Keys;
using Vigil.Models;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Store;
using Vigil.Testing;
using Vigil.Time;

namespace Vigil.Gateway.Tests.Support;

/// <summary>A gateway in this process: real Kestrel on a free port, a real database of its own, a virtual clock.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vigil-");
    private readonly TestStore _store;
    private WebApplication? _app;

    private GatewayHost() => _store = new TestStore(Home);

    public VirtualClock Clock { get; } = new();

    public FakePulse Pulse { get; } = new();

    public RecordedLog Log { get; } = new();

    public WebApplication App => _app!;

    public VigilHome Home => new(Path.Combine(_directory.FullName, "home"));

    public IKeyStore Keys => App.Services.GetRequiredService<IKeyStore>();

    public IEventLog Events => App.Services.GetRequiredService<IEventLog>();

    public Uri Address { get; private set; } = null!;

    /// <param name="map">Paths of the test's own, for what the gateway does with them.</param>
    /// <param name="set">Settings, as <c>--set</c> takes them.</param>
    public static async Task<GatewayHost> StartAsync(Action<WebApplication>? map = null, params string[] set)
    {
        var host = new GatewayHost();
        HomeStarter.Ensure(host.Home);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddVigilSettings(new SettingsInputs(host.Home) { Set = ["gateway.port=0", .. set] }, host.Clock, new Redaction());
        builder.Services.AddVigilStorage(await host._store.OptionsAsync());
        builder.Services.AddSingleton<INodes>(host.Pulse).AddSingleton<IPulse>(host.Pulse);
        builder.Services.AddVigilModels().AddVigilChannels().AddVigil().AddVigilHeartbeat().AddVigilBudgets().AddVigilDoctor(_ => new DoctorProbes());
        builder.Logging.AddProvider(host.Log);
        builder.AddVigilGateway();
        host._app = builder.Build();
        await host.App.Services.GetRequiredService<IStore>().OpenAsync(default);
        host.App.Services.GetRequiredService<IAgentRegistry>().Add(AgentId.Parse("other"));
        host.App.MapVigil();
        map?.Invoke(host.App);
        await host.App.StartAsync();
        host.Address = new Uri(host.App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return host;
    }

    public HttpClient Anonymous() => new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };

    public HttpClient With(string key)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public async Task<string> NewKeyAsync(KeyScopes scopes = KeyScopes.All, params string[] agents)
    {
        // Keys are listed by the instant of their making.
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        var issued = await Keys.AddAsync(
            new NewApiKey("test", scopes) { Agents = agents.Length == 0 ? null : [.. agents.Select(agent => AgentId.Parse(agent))] }, default);
        return issued.Plaintext;
    }

    public async Task<HttpClient> SignedInAsync(KeyScopes scopes = KeyScopes.All, params string[] agents) => With(await NewKeyAsync(scopes, agents));

    public async Task<long> AppendAsync(string type, string? agent = null, string? work = null)
        => (await Events.AppendAsync([new NewEvent(Clock.GetUtcNow(), type, "gateway", agent, work, NewEvent.Json(new { n = 1 }))], default))[0];

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
