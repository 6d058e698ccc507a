using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Stopping;
using Vigil.Turns;

namespace Vigil.Gateway.Chats;

/// <summary>Turns of people who do not wait for the answer: their words are stored, the turn goes on, and its end is an event that open pages hear of.</summary>
internal sealed class TurnsInHand(ChatTurns chats, StopGate gate, ILogger<TurnsInHand> log) : IHostedService, IDisposable
{
    private const int FaultsKept = 200;

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _running = [];
    private readonly ConcurrentDictionary<SessionKey, Fault> _faults = [];

    /// <summary>Comes back when the words are stored.</summary>
    /// <param name="cancellationToken">Stops the wait for that; afterwards the turn is no longer the caller's.</param>
    /// <exception cref="FaultException">Unknown or broken agent, no model.</exception>
    public async Task SendAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        var held = gate.Hold();
        BegunTurn begun;
        try
        {
            begun = await chats.BeginAsync(request with { Announce = true }, new Unheard(), _stop.Token, cancellationToken);
        }
        catch
        {
            held.Dispose();
            throw;
        }
        if (request.Session is { } session)
            _faults.TryRemove(session, out _);
        var end = EndAsync(request, begun, held);
        _running.TryAdd(end, 0);
        _ = end.ContinueWith(ended => _running.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Why the last turn that was sent in this session from here came to no answer.</summary>
    public Fault? FaultOf(SessionKey session) => _faults.GetValueOrDefault(session);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The stop gate has given them their time; what still runs ends as stopped, and its words stay.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running.Keys).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();

    private async Task EndAsync(ChatRequest request, BegunTurn begun, IDisposable held)
    {
        using (held)
        {
            try
            {
                var turn = (await begun.Answer).Turn;
                if (turn.End is not (TurnEnd.Replied or TurnEnd.EndedByTool))
                    Keep(request, TurnFaults.Of(turn));
            }
            catch (Exception failed)
            {
                // The run and the conversation say that it failed; nobody is left to whom it could be thrown.
                log.LogError(failed, "A turn in {Session} failed.", request.Session);
                Keep(request, failed is FaultException fault ? fault.Fault : new Fault("failed", "The turn failed.", "The log of the gateway has more."));
            }
        }
    }

    private void Keep(ChatRequest request, Fault fault)
    {
        if (_faults.Count >= FaultsKept)
            _faults.Clear();
        if (request.Session is { } session)
            _faults[session] = fault;
    }

    private sealed class Unheard : ITurnObserver;
}
