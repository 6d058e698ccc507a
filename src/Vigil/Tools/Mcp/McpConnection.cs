using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Vigil.Settings;

namespace Vigil.Tools.Mcp;

/// <summary>
/// One server for one agent: started when first needed, started again after it died with growing pauses, stopped when nobody uses it.
/// What it once listed stays known while it is down.
/// </summary>
internal sealed class McpConnection(McpKey key, McpServerSettings settings, McpLaunch launch, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProvenAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan NotWaitedFor = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly ErrorTail _errors = new();
    private readonly CancellationTokenSource _stop = new();
    private Task<Started>? _starting;
    private Live? _live;
    private IReadOnlyList<Tool>? _known;
    private bool _stale;
    private int _inFlight;
    private int _failures;
    private string? _problem;
    private DateTimeOffset _notBefore;
    private DateTimeOffset _waitedForAgain;
    private DateTimeOffset _usedAt = time.GetUtcNow();

    public McpServerStatus Status
    {
        get
        {
            lock (_lock)
            {
                var state = _live is not null ? McpServerState.Running
                    : _starting is { IsCompleted: false } ? McpServerState.Starting
                    : _problem is not null ? McpServerState.Failed
                    : McpServerState.Idle;
                return new(key.Agent, key.Server, state, _known?.Count ?? 0, _live?.StartedAt, state == McpServerState.Failed ? _notBefore : null, _problem, _errors.Shown);
            }
        }
    }

    /// <summary>What is known of its tools. Only a first listing, or one after the server said that its list changed, waits for the server, and not longer than the limit. One that
    /// has let a turn wait in vain is not waited for again for a while: its tools join a later turn once it has listed them.</summary>
    public async Task<IReadOnlyList<Tool>> ToolsAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        Live? live;
        lock (_lock)
        {
            _usedAt = time.GetUtcNow();
            if (_known is not null && !_stale)
                return _known;
            live = _live;
            if (time.GetUtcNow() < _waitedForAgain)
            {
                if (live is null)
                    StartedAsync();
                return _known ?? [];
            }
        }
        try
        {
            using var passed = new CancellationTokenSource(limit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, passed.Token);
            if (live is null)
                await StartedAsync().WaitAsync(both.Token);
            else
                await ListAsync(live, both.Token);
        }
        catch (Exception late) when (late is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            lock (_lock)
                _waitedForAgain = time.GetUtcNow() + NotWaitedFor;
            logger.LogWarning("MCP server {Server} of agent {Agent} has not listed its tools: {Problem}", key.Server, key.Agent, late.Message);
        }
        lock (_lock)
            return _known ?? [];
    }

    public async Task<ToolResult> CallAsync(string tool, IReadOnlyDictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        Begin();
        try
        {
            using var limit = new CancellationTokenSource(settings.Timeout, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            var started = await StartedAsync().WaitAsync(both.Token);
            return started.Live is { } live ? await CallAsync(live, tool, arguments, both.Token, cancellationToken) : Down(started.Problem!);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Down("it does not get ready");
        }
        finally
        {
            End();
        }
    }

    /// <summary>Stops the server unless a call is in flight. The next call starts it again.</summary>
    /// <param name="unusedSince">Only when nobody has used it since then; null means in any case.</param>
    /// <returns>Nothing of it is running any more.</returns>
    public async Task<bool> StopAsync(DateTimeOffset? unusedSince)
    {
        Live? live;
        lock (_lock)
        {
            if (_inFlight > 0 || _starting is { IsCompleted: false })
                return false;
            live = _live;
            if (live is null)
                return true;
            if (unusedSince is { } since && _usedAt > since)
                return false;
            _live = null;
            _starting = null;
        }
        await live.Client.DisposeAsync();
        return true;
    }

    public bool IsForgotten(DateTimeOffset since)
    {
        lock (_lock)
            return _live is null && _inFlight == 0 && _starting is null or { IsCompleted: true } && _usedAt < since;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task<Started>? starting;
        Live? live;
        lock (_lock)
        {
            starting = _starting;
            live = _live;
            _live = null;
        }
        if (starting is not null)
            live ??= (await starting).Live;
        if (live is not null)
        {
            await live.Client.DisposeAsync();
            await live.Watch;
        }
        _stop.Dispose();
    }

    private async Task<ToolResult> CallAsync(Live live, string tool, IReadOnlyDictionary<string, object?> arguments, CancellationToken limited, CancellationToken cancellationToken)
    {
        try
        {
            var result = await live.Client.CallToolAsync(tool, arguments, cancellationToken: limited);
            lock (_lock)
                _failures = 0;
            return McpResultText.Of(result);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (limited.IsCancellationRequested)
        {
            if (!await AnswersAsync(live))
                await LostAsync(live, "it stopped answering");
            return ToolResult.Error($"{key.Server} did not answer {tool} within {settings.Timeout.TotalSeconds:0.###} s; whether the call had an effect is unknown.");
        }
        catch (McpException refused) when (!live.Client.Completion.IsCompleted)
        {
            return ToolResult.Error(_errors.Clean($"{key.Server} refused {tool}: {refused.Message}"));
        }
        catch (Exception broken)
        {
            await LostAsync(live, $"the connection broke ({broken.GetType().Name})");
            return ToolResult.Error($"{key.Server} broke off during {tool}; whether the call had an effect is unknown.");
        }
    }

    /// <summary>The running server, or why there is none. All callers share one attempt, which no caller's cancellation ends.</summary>
    private Task<Started> StartedAsync()
    {
        lock (_lock)
        {
            if (_live is not null)
                return Task.FromResult(new Started(_live, null));
            if (_starting is { IsCompleted: false })
                return _starting;
            var now = time.GetUtcNow();
            return now < _notBefore
                ? Task.FromResult(new Started(null, $"{_problem}; it is tried again in {(_notBefore - now).TotalSeconds:0.#} s"))
                : _starting = StartAsync();
        }
    }

    private async Task<Started> StartAsync()
    {
        // Off the caller's stack: the lock is held there.
        await Task.Yield();
        McpClient? client = null;
        try
        {
            if (!launch.TryTransport(key.Agent, key.Server, settings, _errors, out var transport, out var problem))
                return Failed(problem);
            using var limit = new CancellationTokenSource(StartLimit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, limit.Token);
            client = await McpClient.CreateAsync(transport, Options(), loggerFactory: null, both.Token);
            var live = new Live(client, time.GetUtcNow());
            // Before the first listing: a change after that listing is then always heard of.
            var listening = ListenAsync(live);
            await ListAsync(live, both.Token);
            lock (_lock)
            {
                _live = live;
                _problem = null;
            }
            live.Watch = Task.WhenAll(WatchAsync(live), listening);
            return new Started(live, null);
        }
        catch (Exception failure)
        {
            if (client is not null)
                await client.DisposeAsync();
            return Failed(failure is OperationCanceledException ? "it did not start in time" : $"it could not be started ({FirstLine(failure)})");
        }
    }

    private McpClientOptions Options() => new()
    {
        ClientInfo = new Implementation { Name = "vigil", Version = typeof(McpConnection).Assembly.GetName().Version?.ToString(3) ?? "0" },
        TimeProvider = time,
        Handlers = new McpClientHandlers
        {
            NotificationHandlers =
            [
                new(NotificationMethods.ToolListChangedNotification, (_, _) =>
                {
                    lock (_lock)
                        _stale = true;
                    return ValueTask.CompletedTask;
                }),
            ],
        },
    };

    private async Task ListAsync(Live live, CancellationToken cancellationToken)
    {
        lock (_lock)
            _stale = false;
        try
        {
            var tools = await live.Client.ListToolsAsync(cancellationToken: cancellationToken);
            lock (_lock)
                _known = [.. tools.Select(tool => tool.ProtocolTool).OrderBy(tool => tool.Name, StringComparer.Ordinal)];
        }
        catch
        {
            lock (_lock)
                _stale = true;
            throw;
        }
    }

    /// <summary>From revision 2026-07-28 on, changes of the list are told only to those who ask; earlier servers tell them anyway.</summary>
    private static async Task ListenAsync(Live live)
    {
        var client = live.Client;
        if (client.ServerCapabilities.Tools?.ListChanged != true || string.CompareOrdinal(client.NegotiatedProtocolVersion, "2026-07-28") < 0)
            return;
        try
        {
            var wanted = new SubscriptionsListenRequestParams { Notifications = new SubscriptionsListenNotifications { ToolsListChanged = true } };
            await client.SendRequestAsync<SubscriptionsListenRequestParams, EmptyResult>(RequestMethods.SubscriptionsListen, wanted);
        }
        catch (Exception)
        {
            // It ends with the connection. A server that refuses it has a list that is read anew at the next start.
        }
    }

    private async Task WatchAsync(Live live)
    {
        await live.Client.Completion;
        await LostAsync(live, "it ended");
    }

    private async Task<bool> AnswersAsync(Live live)
    {
        using var limit = new CancellationTokenSource(AnswerLimit, time);
        try
        {
            // Not a ping: the newest revision of the protocol has none.
            await live.Client.ListToolsAsync(cancellationToken: limit.Token);
            return true;
        }
        catch (Exception)
        {
            // Whatever kept it from answering, it is not to be waited for any longer.
            return false;
        }
    }

    private async Task LostAsync(Live live, string why)
    {
        lock (_lock)
        {
            if (_live != live)
                return;
            _live = null;
            if (time.GetUtcNow() - live.StartedAt >= ProvenAfter)
                _failures = 0;
        }
        Failed(why);
        await live.Client.DisposeAsync();
    }

    private Started Failed(string why)
    {
        var problem = _errors.Clean(why);
        lock (_lock)
        {
            _failures++;
            _problem = problem;
            _notBefore = time.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(_failures - 1, 20))));
        }
        if (!_stop.IsCancellationRequested)
            logger.LogWarning("MCP server {Server} of agent {Agent}: {Problem}", key.Server, key.Agent, problem);
        return new Started(null, problem);
    }

    private ToolResult Down(string problem) => ToolResult.Error($"The MCP server {key.Server} is not available: {problem}. Go on without it.");

    private void Begin()
    {
        lock (_lock)
        {
            _inFlight++;
            _usedAt = time.GetUtcNow();
        }
    }

    private void End()
    {
        lock (_lock)
        {
            _inFlight--;
            _usedAt = time.GetUtcNow();
        }
    }

    private static string FirstLine(Exception failure)
    {
        var line = failure.Message.Split('\n', 2)[0].Trim();
        return line.Length <= 200 ? line : line[..200] + "…";
    }

    private sealed record Started(Live? Live, string? Problem);

    private sealed class Live(McpClient client, DateTimeOffset startedAt)
    {
        public McpClient Client { get; } = client;

        public DateTimeOffset StartedAt { get; } = startedAt;

        public Task Watch { get; set; } = Task.CompletedTask;
    }
}
