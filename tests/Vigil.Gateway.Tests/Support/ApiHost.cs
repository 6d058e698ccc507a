using Vigil.Ledger;
using Vigil.Heartbeat;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Channels;
using Vigil.Diagnosis;
using Vigil.Gateway.Logs;
using Vigil.Keys;
using Vigil.Models;
using Vigil.Models.Calls;
using Vigil.Routing;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Store;
using Vigil.Testing;
using Vigil.Testing.Models;
using Vigil.Time;
using Vigil.Tools;
using Vigil.Turns;

namespace Vigil.Gateway.Tests.Support;

/// <summary>A whole gateway in this process on a real database, with a fake provider and a clock that stands still. <see cref="RestartAsync"/> is a new process on the same home.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vigil-");
    private readonly TestStore _store;
    private WebApplication? _app;
    private int _starts;

    private ApiHost(FakeModelServer models)
    {
        Models = models;
        Time = Clock;
        _store = new TestStore(Home);
    }

    public FakeModelServer Models { get; }

    public VirtualClock Clock { get; } = new();

    /// <summary>The gateway's clock; stands still unless a test brings another.</summary>
    public TimeProvider Time { get; set; }

    public RecordedLog Log { get; } = new();

    public IServiceProvider Services => _app!.Services;

    public VigilHome Home => new(_directory.FullName);

    public Uri Address { get; private set; } = null!;

    public string Key { get; set; } = "";

    public List<IAgentSelector> Selectors { get; } = [];

    /// <summary>The tools that agents have.</summary>
    public List<ITool> Tools { get; } = [];

    public static async Task<ApiHost> StartAsync(Action<ApiHost>? setup = null, string settings = "")
    {
        var host = new ApiHost(await FakeModelServer.StartAsync());
        HomeStarter.Ensure(host.Home);
        host.Agent("other");
        host.Settings(settings);
        setup?.Invoke(host);
        await host.OpenAsync();
        host.Key = await host.NewKeyAsync();
        return host;
    }

    /// <param name="more">Further members of vigil.json.</param>
    public void Settings(string more) => File.WriteAllText(Home.SettingsFile, $$"""
        {
          "models": { "default": "fake/model-a", "providers": { "fake": { "kind": "openai", "baseUrl": "{{Models.OpenAIUrl}}" } } },
          "tools": { "allow": ["look"] },
          "timezone": "UTC",
          {{more}}
        }
        """);

    public void Agent(string id, string json = "{}")
    {
        Directory.CreateDirectory(Home.Workspace(AgentId.Parse(id)));
        File.WriteAllText(Home.AgentFile(AgentId.Parse(id)), json);
    }

    public void Routes(string json) => File.WriteAllText(Home.RoutesFile, json);

    public async Task RestartAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }

    public async Task<string> NewKeyAsync(IReadOnlyList<string>? agents = null, IReadOnlyList<string>? models = null, KeyScopes scopes = KeyScopes.Chat, decimal? spendPerDay = null)
        => (await Services.GetRequiredService<IKeyStore>().AddAsync(
            new NewApiKey("test", scopes) { SpendPerDayUsd = spendPerDay, Agents = agents is null ? null : [.. agents.Select(agent => AgentId.Parse(agent))], Models = models }, default)).Plaintext;

    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key ?? Key);
        return client;
    }

    public Task<HttpResponseMessage> ChatAsync(JsonObject body, params (string Name, string Value)[] headers) => PostAsync("/v1/chat/completions", body, null, headers);

    public Task<HttpResponseMessage> ChatAsync(string text, params (string Name, string Value)[] headers) => ChatAsync(Say(text), headers);

    /// <summary>A turn in the API session "s" whose process died at once: run_dead of a node that lives no more.</summary>
    public Task BeginDeadTurnAsync(string words) => Services.GetRequiredService<IRunStore>().BeginAsync(new RunStart
    {
        Id = "run_dead",
        Journal = "run_dead",
        Agent = AgentId.Main,
        Session = SessionKey.For(AgentId.Main, "api", "s"),
        Source = "chat",
        Node = "dead",
        StartedAt = Clock.GetUtcNow(),
        ModelAsked = "fake/model-a",
        DecidedBy = "default",
        ProfileHash = "hash",
        ProfileJson = "{}",
        Input = [new ChatMessage(ChatRole.User, words)],
    }, null, default);

    public static JsonObject Say(string text, string? model = null)
    {
        var body = new JsonObject { ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }) };
        if (model is not null)
            body["model"] = model;
        return body;
    }

    public async Task<HttpResponseMessage> PostAsync(string path, JsonObject body, string? key = null, (string Name, string Value)[]? headers = null, CancellationToken cancellationToken = default)
    {
        using var client = Client(key);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers ?? [])
            request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Models.DisposeAsync();
        await CloseAsync();
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private async Task OpenAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var services = builder.Services;
        services.AddSingleton(Time);
        services.AddVigilSettings(new SettingsInputs(Home) { Set = ["gateway.port=0"] }, Time, new Redaction());
        services.AddVigilStorage(await _store.OptionsAsync());
        var pulse = new FakePulse();
        services.AddSingleton<INodes>(pulse).AddSingleton<IPulse>(pulse);
        services.AddSingleton(new NodeName($"test-node-{++_starts}"));
        services.AddSingleton(new ModelRetryOptions { Retries = 0 });
        services.AddSingleton<IToolProvider>(new GivenTools(Tools));
        services.AddVigilModels();
        services.AddVigilChannels();
        services.AddVigil();
        services.AddVigilHeartbeat().AddVigilBudgets();
        services.AddVigilDoctor(_ => new DoctorProbes());
        foreach (var selector in Selectors)
            services.AddSingleton(selector);
        services.AddSingleton(new LogOptions(Json: true, text => text));
        builder.Logging.AddProvider(Log);
        builder.AddVigilGateway();
        _app = builder.Build();
        await _app.Services.GetRequiredService<IStore>().OpenAsync(default);
        _app.MapVigil();
        await _app.StartAsync();
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    private async Task CloseAsync()
    {
        if (_app is null)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    private sealed class GivenTools(IReadOnlyList<ITool> tools) : IToolProvider
    {
        public ValueTask<IReadOnlyList<ITool>> ToolsAsync(RunContext run, CancellationToken cancellationToken) => ValueTask.FromResult(tools);
    }
}

/// <summary>A tool of the agent's own: it looks at something and finds the same each time.</summary>
internal sealed class LookTool : ITool
{
    public ToolDefinition Definition { get; } = new("look", "Looks.", System.Text.Json.JsonElement.Parse("""{ "type": "object", "properties": {} }"""));

    public ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken) => ValueTask.FromResult(new ToolResult("a cat"));
}
