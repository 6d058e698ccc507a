using System.Text.Json.Serialization;

namespace Vigil.Diagnosis;

/// <summary>How bad a finding is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingLevel>))]
public enum FindingLevel
{
    [JsonStringEnumMemberName("ok")]
    Ok,

    [JsonStringEnumMemberName("warn")]
    Warn,

    [JsonStringEnumMemberName("error")]
    Error,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Area">settings, agents, checklists, routes, secrets, plugins, clock, disk, port, model, store.</param>
/// <param name="Fix">What to do about it; always there unless the level is ok.</param>
public sealed record Finding(FindingLevel Level, string Area, string Message, string? Fix = null)
{
    public static Finding Ok(string area, string message) => new(FindingLevel.Ok, area, message);

    public static Finding Warn(string area, string message, string fix) => new(FindingLevel.Warn, area, message, fix);

    public static Finding Error(string area, string message, string fix) => new(FindingLevel.Error, area, message, fix);
}

/// <summary>Looks at one area. Works without a running gateway and with broken settings.</summary>
public interface IDoctorCheck
{
    string Area { get; }

    Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken);
}

/// <summary>A check of another part, such as the store or a model's reachability.</summary>
public sealed class DelegatedCheck(string area, Func<CancellationToken, Task<IReadOnlyList<Finding>>> look) : IDoctorCheck
{
    public string Area => area;

    public Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken) => look(cancellationToken);
}
