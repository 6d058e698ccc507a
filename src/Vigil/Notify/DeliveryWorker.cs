using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Notify;

/// <summary>
/// Brings notifications to their channels. Each target has a lane of its own, so a slow or dead one holds nobody else up. A send without an answer is
/// repeated only where the receiver recognises the delivery id; elsewhere it is shown as unknown and the inbox has the text.
/// </summary>
internal sealed class DeliveryWorker(INotificationStore store, IEnumerable<IChannel> channels, Targets targets, ISecrets secrets, ISettings settings, DeliverySignal signal, ChannelAlerts alerts, NodeName node, TimeProvider time,
    ILogger<DeliveryWorker> log) : BackgroundService
{
    private const int Lanes = 16;

    /// <summary>In more than three hours: a receiver that is away for an evening is not lost.</summary>
    private const int Tries = 16;

    /// <summary>After ten minutes the owner hears of it, while it is still tried.</summary>
    private const int TriesBeforeAlert = 8;

    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_recoverEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_sendLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_firstWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_longestAsked = TimeSpan.FromHours(1);

    private readonly Dictionary<string, IChannel> _channels = channels.ToDictionary(channel => channel.Kind, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _lanes = [];
    private readonly WorkSignal _freed = new();
    private long _recovered;

    public bool RecognisesRepeats(string target)
        => targets.Find(target) is { } found && _channels.TryGetValue(found.Kind, out var channel) && channel.RecognisesRepeats(found.Settings);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (settings.Current.Gateway.Storage.Kind == StorageKind.Sqlite)
                await store.RecoverDeliveriesOfOthersAsync(node.Value, RecognisesRepeats, time.GetUtcNow(), stoppingToken);
            while (!stoppingToken.IsCancellationRequested)
            {
                var asked = signal.Next;
                var freed = _freed.Next;
                if (await LookAsync(stoppingToken) > 0)
                    continue;
                using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                await Task.WhenAny(asked, freed, Task.Delay(s_lookAgain, time, over.Token));
                await over.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped; lanes are awaited below.
        }
        await Task.WhenAll(_lanes.Values);
    }

    private async Task<int> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var now = time.GetUtcNow();
            foreach (var released in await store.ReleaseHeldAsync(now, 100, notification => WorkMessages.Notice(notification, now), cancellationToken))
                log.LogInformation("Notification {Notification} of {Agent} is no longer held.", released.Id, released.Agent);
            if (time.GetElapsedTime(_recovered) >= s_recoverEvery)
            {
                await store.RecoverDeliveriesAsync(RecognisesRepeats, now, cancellationToken);
                _recovered = time.GetTimestamp();
            }
            var free = Lanes - _lanes.Count;
            if (free <= 0)
                return 0;
            var claimed = await store.ClaimDeliveriesAsync(node.Value, free, [.. _lanes.Keys], now, s_sendLimit * 2, cancellationToken);
            foreach (var (delivery, notification) in claimed)
                _lanes[delivery.Target] = Task.Run(() => LaneAsync(delivery, notification, cancellationToken), CancellationToken.None);
            return claimed.Count;
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            log.LogError(failed, "The outbox could not be read; trying again.");
            return 0;
        }
    }

    private async Task LaneAsync(Delivery delivery, Notification notification, CancellationToken cancellationToken)
    {
        try
        {
            var result = await SendAsync(delivery, notification, cancellationToken);
            var written = Result(delivery, notification, result);
            if (!await store.FinishDeliveryAsync(delivery.Id, node.Value, delivery.Attempts, written, CancellationToken.None))
                log.LogWarning("Delivery {Delivery} belongs to another node now; the answer of {Target} is dropped.", delivery.Id, delivery.Target);
            else if (written.State == DeliveryState.Undeliverable || (written.State == DeliveryState.Waiting && delivery.Attempts == TriesBeforeAlert))
                await alerts.RaiseAsync(delivery, written.Error ?? "", CancellationToken.None);
        }
        catch (Exception escaped)
        {
            log.LogError(escaped, "Delivery {Delivery} to {Target} could not be brought to its end; it is taken up again when its lease has passed.", delivery.Id, delivery.Target);
        }
        finally
        {
            _lanes.TryRemove(delivery.Target, out _);
            _freed.Set();
        }
    }

    private async Task<SendResult> SendAsync(Delivery delivery, Notification notification, CancellationToken cancellationToken)
    {
        if (targets.Find(delivery.Target) is not { } found || !_channels.TryGetValue(found.Kind, out var channel))
            return new SendResult.Refused($"The target '{delivery.Target}' is not in the settings.");
        // Trying again does not mend settings.
        if (channel.Check(found.Settings) is { } wrong)
            return new SendResult.Refused($"The settings of '{delivery.Target}' are wrong: {wrong}");
        using var limit = new CancellationTokenSource(s_sendLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await channel.SendAsync(new Outgoing(delivery, notification, found.Settings, found.Chat, Secret(found.Settings, notification.Agent)), either.Token);
        }
        catch (OperationCanceledException)
        {
            return new SendResult.Unanswered(limit.IsCancellationRequested ? $"No answer within {s_sendLimit.TotalSeconds:0} s." : "The gateway stopped while it waited for the answer.");
        }
        catch (Exception thrown)
        {
            log.LogError(thrown, "Channel {Kind} threw on delivery {Delivery}.", channel.Kind, delivery.Id);
            return new SendResult.Unanswered($"The channel {channel.Kind} failed: {thrown.GetType().Name}.");
        }
    }

    // The agent's own credential where it has one, else the one of all: never that of another agent.
    private Func<string, string?> Secret(JsonObject channel, AgentId agent)
        => key => channel[key]?.GetValue<string>() is { } reference ? secrets.Resolve(reference, agent).Value : null;

    private DeliveryResult Result(Delivery delivery, Notification notification, SendResult answer)
    {
        var now = time.GetUtcNow();
        switch (answer)
        {
            case SendResult.Delivered delivered:
                return new DeliveryResult(DeliveryState.Delivered, now, delivered.Receipt, null, null)
                {
                    ConfirmSaid = true,
                    Events = [Event(EventTypes.NotificationDelivered, delivery, notification, null)],
                };
            case SendResult.Failed failed when delivery.Attempts < Tries:
                return new DeliveryResult(DeliveryState.Waiting, now, null, failed.Error, now + Wait(delivery.Attempts, failed.RetryAfter));
            case SendResult.Unanswered unanswered when RecognisesRepeats(delivery.Target) && delivery.Attempts < Tries:
                return new DeliveryResult(DeliveryState.Waiting, now, null, unanswered.Error, now + Wait(delivery.Attempts));
            case SendResult.Unanswered unanswered:
                return new DeliveryResult(DeliveryState.Unknown, now, null, unanswered.Error, null)
                {
                    Events = [Event(EventTypes.NotificationUnknown, delivery, notification, unanswered.Error)],
                };
            default:
                var error = answer is SendResult.Failed last ? last.Error : ((SendResult.Refused)answer).Error;
                return new DeliveryResult(DeliveryState.Undeliverable, now, null, error, null)
                {
                    ReleaseSaid = true,
                    Events = [Event(EventTypes.NotificationUndeliverable, delivery, notification, error)],
                };
        }
    }

    private static TimeSpan Wait(int attempts, TimeSpan? asked = null)
    {
        if (asked is { } some)
            return some < s_longestAsked ? some : s_longestAsked;
        var wait = s_firstWait * Math.Pow(2, Math.Max(0, attempts - 1));
        return wait < s_longestWait ? wait : s_longestWait;
    }

    private NewEvent Event(string type, Delivery delivery, Notification notification, string? error) => new(time.GetUtcNow(), type, notification.Source, notification.Agent.Value,
        notification.WorkId, NewEvent.Json(new { notification = notification.Id, delivery = delivery.Id, target = delivery.Target, attempt = delivery.Attempts, reason = error is null ? null : Reasons.NotDelivered, error }));
}
