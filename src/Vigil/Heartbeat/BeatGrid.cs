using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using NodaTime;
using Vigil.Agents;

namespace Vigil.Heartbeat;

/// <summary>
/// The row of an agent's slots: unix epoch + phase + n × interval, in elapsed time. The phase is a hash of the agent's id, in whole seconds within
/// the interval: the same at every start and on every node, and spread over agents. There is no random delay.
/// </summary>
public sealed class BeatGrid
{
    public static readonly Duration ShortestInterval = Duration.FromMinutes(1);

    private readonly long _interval;
    private readonly long _phase;

    /// <exception cref="ArgumentOutOfRangeException">The interval is shorter than <see cref="ShortestInterval"/>.</exception>
    public BeatGrid(AgentId agent, Duration interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, ShortestInterval);
        _interval = (long)interval.TotalMilliseconds;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(agent.Value), hash);
        _phase = (long)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)(_interval / 1000)) * 1000;
    }

    public Duration Interval => Duration.FromMilliseconds(_interval);

    /// <summary>How far this agent's slots lie behind the epoch's.</summary>
    public Duration Phase => Duration.FromMilliseconds(_phase);

    /// <summary>The first slot strictly after an instant.</summary>
    public Instant Next(Instant after) => At(Number(after) + 1);

    /// <summary>The last slot at or before an instant.</summary>
    public Instant Previous(Instant at) => At(Number(at));

    /// <summary>The first slot at or after an instant.</summary>
    public Instant AtOrAfter(Instant at) => Previous(at) == at ? at : Next(at);

    /// <summary>How many slots lie in <c>(after, through]</c>.</summary>
    public long CountBetween(Instant after, Instant through) => Math.Max(0, Number(through) - Number(after));

    private Instant At(long number) => Instant.FromUnixTimeMilliseconds(_phase + (number * _interval));

    private long Number(Instant at)
    {
        // ToUnixTimeMilliseconds floors, and a slot is a whole millisecond, so nothing is lost below it.
        var since = at.ToUnixTimeMilliseconds() - _phase;
        return since >= 0 ? since / _interval : -((-since + _interval - 1) / _interval);
    }
}
