using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Vigil.Models;
using Vigil.Settings;
using Vigil.Storage;
using Vigil.Store;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Bench.Work;

/// <summary>The engine alone in this process: no HTTP, no scheduler, a model that answers at once.</summary>
internal sealed class EngineUnderLoad : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly StorageOptions _options;
    private readonly string _home;

    private EngineUnderLoad(IHost host, StorageOptions options, string home)
    {
        _host = host;
        _options = options;
        _home = home;
    }

    public T Get<T>()
        where T : notnull
        => _host.Services.GetRequiredService<T>();

    /// <param name="postgres">A connection; null takes SQLite in the home.</param>
    /// <param name="withModel">Without one each work is skipped by a gate.</param>
    /// <param name="answer">What the model says; null lets it say that it is done.</param>
    public static async Task<EngineUnderLoad> OpenAsync(string? postgres, bool withModel, int slots, Func<ModelCall, ChatMessage>? answer = null)
    {
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        var settings = new JsonObject { ["gateway"] = new JsonObject { ["work"] = new JsonObject { ["slots"] = slots }, ["heartbeat"] = new JsonObject { ["enabled"] = false } } };
        if (withModel)
        {
            settings["models"] = new JsonObject
            {
                ["default"] = "fake/bench",
                ["providers"] = new JsonObject { ["fake"] = new JsonObject { ["kind"] = "openai", ["baseUrl"] = "http://127.0.0.1:1/v1" } },
            };
        }
        await File.WriteAllTextAsync(home.SettingsFile, settings.ToJsonString());
        HomeStarter.Ensure(home);
        var options = postgres is null
            ? new StorageOptions { File = home.Database, Synchronous = SqliteSync.Full }
            : new StorageOptions { Kind = StorageKind.Postgres, Connection = postgres, Schema = $"bench_{Environment.ProcessId}_{Random.Shared.Next(1_000_000)}" };
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.Services.AddVigilSettings(new SettingsInputs(home), TimeProvider.System, new Redaction());
        builder.Services.AddVigilStorage(options);
        builder.Services.AddSingleton<INodes, OneNode>();
        builder.Services.AddSingleton<IModelCaller>(new InstantModel(answer ?? (call => new ChatMessage(ChatRole.Assistant, $"Done with {call.Messages[^1].Text}."))));
        builder.Services.AddVigil();
        // Otherwise the container takes the first of the two names.
        builder.Services.AddSingleton(provider => new NodeName(provider.GetRequiredService<INodes>().Self));
        var host = builder.Build();
        await host.Services.GetRequiredService<IStore>().OpenAsync(CancellationToken.None);
        return new EngineUnderLoad(host, options, home.Root);
    }

    public Task StartAsync() => _host.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
        Directory.Delete(_home, recursive: true);
        if (_options.Kind != StorageKind.Postgres)
            return;
        await using var connection = new NpgsqlConnection(_options.Connection);
        await connection.OpenAsync();
        await using var drop = new NpgsqlCommand($"DROP SCHEMA \"{_options.Schema}\" CASCADE", connection);
        await drop.ExecuteNonQueryAsync();
    }

    private sealed class OneNode(TimeProvider time) : INodes
    {
        public string Self => "bench-1";

        public Task<IReadOnlyList<Node>> LivingAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Node>>([new Node(Self, time.GetUtcNow())]);
    }

    private sealed class InstantModel(Func<ModelCall, ChatMessage> answer) : IModelCaller
    {
        public Task<ModelReply> CallAsync(ModelCall call, Func<ChatResponseUpdate, ValueTask>? onUpdate, CancellationToken cancellationToken) => Task.FromResult(new ModelReply
        {
            Message = answer(call),
            ModelUsed = "fake/bench",
            InputTokens = 100,
            OutputTokens = 10,
        });
    }
}
