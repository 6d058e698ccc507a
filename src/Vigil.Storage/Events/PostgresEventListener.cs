using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using Vigil.Storage.Engine;
using Vigil.Storage.Engine.Postgres;

namespace Vigil.Storage.Events;

/// <summary>
/// Tells the watch about events of other nodes: their commits notify with the new id. What a notification misses (a pooler in between that
/// swallows it, a connection that broke) the poll finds within a second.
/// </summary>
internal sealed class PostgresEventListener(NpgsqlDataSource source, PostgresEventNames names, EventWatch watch, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task? _loop;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using (var connection = await source.OpenConnectionAsync(cancellationToken))
            await PublishNewestAsync(connection, cancellationToken);
        _loop ??= Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync();
        if (_loop is not null)
            await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogWarning("Listening for events failed and is tried again: {Message}", PostgresErrors.Translate(e).Message);
                await Task.Delay(PollEvery, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        await using var connection = await source.OpenConnectionAsync(stopping);
        connection.Notification += (_, notification) =>
        {
            if (long.TryParse(notification.Payload, CultureInfo.InvariantCulture, out var newest))
                watch.Publish(newest);
        };
        await using (var listen = new NpgsqlCommand($"LISTEN {names.Channel}", connection))
            await listen.ExecuteNonQueryAsync(stopping);
        await PublishNewestAsync(connection, stopping);
        while (true)
            if (!await connection.WaitAsync(PollEvery, stopping))
                await PublishNewestAsync(connection, stopping);
    }

    private async Task PublishNewestAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(EventLog.NewestSql, connection);
        watch.Publish((long)(await command.ExecuteScalarAsync(cancellationToken))!);
    }
}
