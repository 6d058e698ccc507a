using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Events;
using Vigil.Heartbeat;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Store;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Bench.Heartbeat;

/// <summary>The engine with heartbeats in this process, on a home and a clock of the bench. It pulses when the bench says so.</summary>
internal sealed class BeatEngine : IAsyncDisposable
{
    private readonly IHost _host;

    private BeatEngine(IHost host) => _host = host;

    public T Get<T>()
        where T : notnull
        => _host.Services.GetRequiredService<T>();

    public static async Task<BeatEngine> OpenAsync(VigilHome home, TimeProvider clock, CountingModel model, SqliteSync synchronous = SqliteSync.Full)
    {
        HomeStarter.Ensure(home);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.Services.AddVigilSettings(new SettingsInputs(home), clock, new Redaction());
        builder.Services.AddVigilStorage(new StorageOptions { File = home.Database, Synchronous = synchronous });
        builder.Services.AddSingleton<INodes, OneNode>();
        builder.Services.AddSingleton<IModelCaller>(model);
        builder.Services.AddVigil();
        builder.Services.AddVigilHeartbeat().AddVigilBudgets();
        // Otherwise the container takes the first of the two names.
        builder.Services.AddSingleton(provider => new NodeName(provider.GetRequiredService<INodes>().Self));
        var host = builder.Build();
        await host.Services.GetRequiredService<IStore>().OpenAsync(CancellationToken.None);
        return new BeatEngine(host);
    }

    public Task StartAsync() => _host.StartAsync();

    public async Task PulseAsync(DateTimeOffset now)
    {
        foreach (var handler in _host.Services.GetServices<IPulseHandler>())
            await handler.OnPulseAsync(now, CancellationToken.None);
    }

    /// <summary>Waits until no work runs and none is due.</summary>
    public async Task SettleAsync()
    {
        while (true)
        {
            var newest = (await Get<IEventLog>().RangeAsync(CancellationToken.None)).Newest;
            if (await Get<IWorkStore>().CountsAsync(CancellationToken.None) is { Due: 0, Running: 0 })
                return;
            Get<WorkSignal>().Set();
            await Get<IEventLog>().WaitAsync(newest, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
    }

    private sealed class OneNode(TimeProvider time) : INodes
    {
        public string Self => "bench-1";

        public Task<IReadOnlyList<Node>> LivingAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Node>>([new Node(Self, time.GetUtcNow())]);
    }
}

/// <summary>A model that has nothing to say, answers at once and counts what it is sent: four characters of messages and tool definitions are one token.</summary>
internal sealed class CountingModel : IModelCaller
{
    private const int OutputTokens = 60;

    private int _calls;

    public int Calls => _calls;

    public Task<ModelReply> CallAsync(ModelCall call, Func<ChatResponseUpdate, ValueTask>? onUpdate, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        var characters = call.Messages.Sum(message => message.Text.Length)
            + (call.Options.Tools?.OfType<AIFunctionDeclaration>().Sum(tool => tool.Name.Length + tool.Description.Length + tool.JsonSchema.GetRawText().Length) ?? 0);
        return Task.FromResult(new ModelReply
        {
            Message = new ChatMessage(ChatRole.Assistant, "Nothing that cannot wait."),
            ModelUsed = call.Choice.Asked.ToString(),
            InputTokens = characters / 4,
            OutputTokens = OutputTokens,
        });
    }
}

/// <summary>The machine's clock, moved on by hand.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _shift;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _shift));

    public void Shift(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);
}
