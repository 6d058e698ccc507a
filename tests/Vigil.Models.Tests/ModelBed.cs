using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Agents;
using Vigil.Models.Calls;
using Vigil.Testing.Models;

namespace Vigil.Models.Tests;

/// <summary>The real caller and clients against one fake server, with a clock that stands still.</summary>
internal sealed class ModelBed : IProviders, IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(30));

    private ModelBed(FakeModelServer server, ModelRetryOptions retry)
    {
        Server = server;
        Providers["openai"] = new ProviderOptions("openai", "openai") { BaseUrl = server.OpenAIUrl, ApiKey = "sk-open" };
        Providers["anthropic"] = new ProviderOptions("anthropic", "anthropic") { BaseUrl = server.AnthropicUrl, ApiKey = "sk-ant" };
        _services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(Time).AddSingleton(retry).AddSingleton<IProviders>(this).AddVigilModels()
            .BuildServiceProvider();
    }

    public FakeModelServer Server { get; }

    public ManualTime Time { get; } = new();

    public Dictionary<string, ProviderOptions> Providers { get; } = [];

    /// <summary>By agent and provider; wins over <see cref="Providers"/>.</summary>
    public Dictionary<(string Agent, string Provider), ProviderOptions> OwnProviders { get; } = [];

    /// <summary>Ends a test that waits for something that does not come.</summary>
    public CancellationToken Patience => _patience.Token;

    public IModelCaller Caller => _services.GetRequiredService<IModelCaller>();

    public IModelClients Clients => _services.GetRequiredService<IModelClients>();

    /// <param name="retry">Null waits no time between tries.</param>
    public static async Task<ModelBed> StartAsync(ModelRetryOptions? retry = null)
        => new(await FakeModelServer.StartAsync(), retry ?? new ModelRetryOptions { Delay = TimeSpan.Zero });

    public static AgentProfile Profile(string id = "main") => new() { Id = AgentId.Parse(id), Timezone = "UTC" };

    public static ModelCall Call(string model, string prompt = "hello", params string[] fallbacks)
        => Call(ModelName.Parse(model), [new ChatMessage(ChatRole.User, prompt)], fallbacks: fallbacks);

    public static ModelCall Call(ModelName model, IReadOnlyList<ChatMessage> messages, ChatOptions? options = null, AgentProfile? profile = null, params string[] fallbacks)
    {
        profile ??= Profile();
        var run = new RunContext { Profile = profile, Session = SessionKey.Main(profile.Id), RunId = "run_1", Source = "chat" };
        return new ModelCall(run, new ModelChoice(model, "agent", [.. fallbacks.Select(ModelName.Parse)]), messages, options ?? new ChatOptions());
    }

    public IChatClient Client(string provider) => Clients.Get(Providers[provider]);

    public Task<ModelReply> AskAsync(ModelCall call, List<ChatResponseUpdate>? seen = null) => Caller.CallAsync(
        call,
        update =>
        {
            seen?.Add(update);
            return ValueTask.CompletedTask;
        },
        Patience);

    public async Task<ModelFailureException> FailAsync(ModelCall call) => await Assert.ThrowsAsync<ModelFailureException>(() => AskAsync(call));

    public ProviderLookup Find(string provider, AgentProfile profile)
        => OwnProviders.TryGetValue((profile.Id.Value, provider), out var own) ? ProviderLookup.Found(own)
            : Providers.TryGetValue(provider, out var options) ? ProviderLookup.Found(options)
            : ProviderLookup.Missing($"Set {provider.ToUpperInvariant()}_API_KEY.");

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _services.DisposeAsync();
        _patience.Dispose();
    }
}
