namespace Vigil.Time;

/// <summary>
/// Called once a second on exactly one node: sweeps that turn due instants into work. Set-based store calls and nothing else;
/// a handler that throws is logged and called again with the next pulse.
/// </summary>
public interface IPulseHandler
{
    string Name { get; }

    ValueTask OnPulseAsync(DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>Recurring upkeep that one node does for all: retention, digests, watchdogs.</summary>
public interface IHousekeeping
{
    string Name { get; }

    TimeSpan Every { get; }

    Task RunAsync(CancellationToken cancellationToken);
}
