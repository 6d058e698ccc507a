using System.Text.Json.Nodes;
using Vigil.Agents;

namespace Vigil.Heartbeat.Probes;

/// <summary>A cheap look at the world, done before a model is paid. A new kind is one class and its registration.</summary>
public interface IProbe
{
    /// <summary>The word that stands in a probe's <c>kind</c>.</summary>
    string Kind { get; }

    /// <exception cref="ProbeException">It could not look; the message says why and holds no secret.</exception>
    Task<ProbeReading> ReadAsync(ProbeRequest request, CancellationToken cancellationToken);

    /// <summary>What is wrong with a probe's settings, or null.</summary>
    string? Check(AgentProfile profile, JsonObject settings) => null;
}

/// <param name="Memo">What the last reading that counted asked to remember, for example an ETag.</param>
public sealed record ProbeRequest(AgentProfile Profile, string Name, JsonObject Settings, string? Memo, DateTimeOffset? LastAt);

/// <summary>What a probe saw.</summary>
/// <param name="Fingerprint">Differs when what it looks at differs; null means that there is nothing to see.</param>
/// <param name="Text">For the model, as untrusted data.</param>
public sealed record ProbeReading(string? Fingerprint, string Text, string? Memo = null);

/// <summary>A probe could not look; the message says why, in words for the person.</summary>
public sealed class ProbeException(string message, Exception? inner = null) : Exception(message, inner);
