using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Api;
using Vigil.Errors;
using Vigil.Gateway.Errors;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Gateway.OpenAi;

/// <param name="IsReplay">Another request ran it, now or earlier.</param>
internal sealed record KeptAnswer(Transcript Transcript, IReadOnlyDictionary<string, string> Headers, bool IsReplay);

/// <summary>
/// Answers under an Idempotency-Key. The turn belongs to the gateway, not to the connection: it goes on when its caller hangs up, and later requests with the key get
/// its answer, also from another process. What failed is forgotten, so that it runs again.
/// </summary>
internal sealed class KeptAnswers(IIdempotency store, NodeName self, INodes nodes, ISettings settings, TimeProvider time, ILogger<KeptAnswers> log) : IHostedService, IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<(string Caller, string Key), Running> _running = [];
    private readonly CancellationTokenSource _stop = new();

    /// <param name="enter">Waits for a slot; the turn gives it back.</param>
    /// <exception cref="FaultException">The key was used for another request, or there is no slot.</exception>
    public async Task<KeptAnswer> GetAsync(IdempotentRequest request, IAnswer answer, Func<Task<IDisposable>> enter, CancellationToken cancellationToken)
    {
        for (var looks = 0; ; looks++)
        {
            var living = (await nodes.LivingAsync(cancellationToken)).Select(node => node.Id).Append(self.Value).ToHashSet(StringComparer.Ordinal);
            var state = await store.BeginAsync(request, self.Value, living, cancellationToken);
            if (state.Differs is { } differs)
                throw Conflict(request.Key, differs);
            if (state.Mine)
                return await StartAsync(request, answer, enter);
            if (state.Answer is { } stored)
                return Read(stored);
            if (_running.TryGetValue((request.Caller, request.Key), out var running))
                return new KeptAnswer(running.Transcript, running.Headers, IsReplay: true);
            // It ended on this node just now, or is about to begin, or runs on another one.
            if (looks > 0)
                await Task.Delay(s_look, time, cancellationToken);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var ends = Task.WhenAll(_running.Values.Select(running => running.End.Task));
        try
        {
            await ends.WaitAsync(settings.Current.Gateway.Work.StopWithin, time, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            await _stop.CancelAsync();
            await ends;
        }
    }

    public void Dispose() => _stop.Dispose();

    private async Task<KeptAnswer> StartAsync(IdempotentRequest request, IAnswer answer, Func<Task<IDisposable>> enter)
    {
        IDisposable slot;
        try
        {
            slot = await enter();
        }
        catch
        {
            await store.AbandonAsync(request, self.Value, CancellationToken.None);
            throw;
        }
        var running = new Running(answer.Headers);
        _running[(request.Caller, request.Key)] = running;
        // Owned by StopAsync, which waits for its end.
        _ = Task.Run(() => RunAsync(request, answer, running, slot));
        return new KeptAnswer(running.Transcript, answer.Headers, IsReplay: false);
    }

    private async Task RunAsync(IdempotentRequest request, IAnswer answer, Running running, IDisposable slot)
    {
        Fault? fault = FaultStatus.Internal;
        try
        {
            fault = await answer.RunAsync(running.Transcript, _stop.Token);
            if (fault is null)
                await store.CompleteAsync(request, self.Value, Write(answer, running.Transcript), CancellationToken.None);
        }
        catch (FaultException known)
        {
            fault = known.Fault;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            fault = new Fault("stopping", "The gateway is stopping.", "Send the request again in a few seconds.") { Kind = FaultKind.Unavailable };
        }
        catch (Exception failed)
        {
            log.LogError(failed, "A turn under an idempotency key failed.");
        }
        finally
        {
            slot.Dispose();
            await EndAsync(request, running, fault);
        }
    }

    private async Task EndAsync(IdempotentRequest request, Running running, Fault? fault)
    {
        try
        {
            if (fault is not null)
                await store.AbandonAsync(request, self.Value, CancellationToken.None);
        }
        catch (Exception failed)
        {
            log.LogError(failed, "An idempotency key could not be given back; it is free again after a restart.");
        }
        _running.TryRemove((request.Caller, request.Key), out _);
        running.Transcript.End(fault);
        running.End.SetResult();
    }

    private static string Write(IAnswer answer, Transcript transcript) => JsonSerializer.Serialize(new Stored(answer.Headers, transcript.Frames));

    private static KeptAnswer Read(string stored)
    {
        var answer = JsonSerializer.Deserialize<Stored>(stored)!;
        return new KeptAnswer(Transcript.Of(answer.Frames), answer.Headers, IsReplay: true);
    }

    private static FaultException Conflict(string key, string differs) => new(new Fault(
        "idempotency_conflict", $"The Idempotency-Key '{key}' was used with another {differs}.", "Send the same request again, or use another key.", "Idempotency-Key") { Kind = FaultKind.Conflict });

    private sealed record Stored(IReadOnlyDictionary<string, string> Headers, IReadOnlyList<AnswerFrame> Frames);

    private sealed class Running(IReadOnlyDictionary<string, string> headers)
    {
        public Transcript Transcript { get; } = new();

        public IReadOnlyDictionary<string, string> Headers { get; } = headers;

        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
