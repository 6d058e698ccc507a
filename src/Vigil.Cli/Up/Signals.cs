using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Vigil.Cli.Up;

/// <summary>The first signal asks for an orderly stop, the second one ends the process at once.</summary>
internal sealed class Signals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly StopWishes _wishes = new(TimeProvider.System);

    /// <param name="ofAChat">The process belongs to a chat and ends with it. Ctrl-C reaches both, as they share a terminal, and is meant for the chat's turn.</param>
    public Signals(IHostApplicationLifetime lifetime, bool ofAChat)
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                if (ofAChat && signal == PosixSignal.SIGINT)
                    return;
                // What was acknowledged is on the disk: leaving here loses nothing.
                if (_wishes.IsAnother())
                    Environment.Exit(CommandLine.Failed);
                lifetime.StopApplication();
            }));
    }

    /// <summary>The host's own lifetime would stop at each Ctrl-C too.</summary>
    internal sealed class NoneOfTheHosts : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
