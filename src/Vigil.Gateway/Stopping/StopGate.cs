using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Vigil.Errors;
using Vigil.Gateway.Errors;
using Vigil.Settings;

namespace Vigil.Gateway.Stopping;

/// <summary>
/// The graceful stop of everything that came in over HTTP: from the first signal on, new requests get 503, running ones may end within
/// the bound, streams are closed. The server itself stops after that.
/// </summary>
internal sealed class StopGate : IHostedLifecycleService
{
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ISettings _settings;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;

    public StopGate(IHostApplicationLifetime lifetime, ISettings settings, TimeProvider time)
    {
        _lifetime = lifetime;
        _settings = settings;
        _time = time;
        lifetime.ApplicationStopping.Register(LookEmpty);
    }

    public bool Stopping => _lifetime.ApplicationStopping.IsCancellationRequested;

    public async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _running);
        try
        {
            // Health is asked by those who wait for the end: it answers until the last moment.
            if (Stopping && !context.Request.Path.StartsWithSegments("/healthz") && !context.Request.Path.StartsWithSegments("/readyz"))
            {
                context.Response.Headers.Connection = "close";
                var fault = new Fault("stopping", "The gateway is stopping.", "Send the request again in a few seconds.") { Kind = FaultKind.Unavailable };
                await ErrorAnswer.WriteAsync(context, fault, retryAfter: TimeSpan.FromSeconds(5));
                return;
            }
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            LookEmpty();
        }
    }

    /// <summary>For what goes on after its request was answered: until it is disposed of, it counts like a running request.</summary>
    public IDisposable Hold()
    {
        Interlocked.Increment(ref _running);
        return new Held(this);
    }

    /// <summary>Runs before any hosted service is stopped, the server among them: it still listens and says 503.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // A stop that was not asked for by a signal comes here first: streams and requests must hear of it too.
        _lifetime.StopApplication();
        LookEmpty();
        try
        {
            await _empty.Task.WaitAsync(_settings.Current.Gateway.Work.StopWithin, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The bound is reached: what still runs is cut by the server's own stop.
        }
        catch (OperationCanceledException)
        {
            // The host's bound is reached first; the same.
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void LookEmpty()
    {
        if (Stopping && Volatile.Read(ref _running) == 0)
            _empty.TrySetResult();
    }

    private sealed class Held(StopGate gate) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref gate._running);
            gate.LookEmpty();
        }
    }
}
