using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Vigil.Cli.Up;

/// <summary>The first signal asks for an orderly stop, the second one ends the process at once.</summary>
internal sealed class Signals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    public Signals(IHostApplicationLifetime lifetime)
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                // What was acknowledged is on the disk: leaving here loses nothing.
                if (Interlocked.Increment(ref _count) > 1)
                    Environment.Exit(CommandLine.Failed);
                lifetime.StopApplication();
            }));
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
