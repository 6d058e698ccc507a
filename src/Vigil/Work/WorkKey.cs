using Vigil.Keys;

namespace Vigil.Work;

/// <summary>The API key whose money a work spends: the one that asked for it, or for what a sub-agent's parent does.</summary>
internal static class WorkKey
{
    /// <summary>In the metadata of a sub-agent's work, which nobody but the gateway writes.</summary>
    public const string Field = "key";

    private const string TaskOrigin = "hook:task:";

    /// <summary>The key's family; null when no key asked.</summary>
    public static string? Of(AgentWork work) => work.Source switch
    {
        WorkSources.Run => Key(work.Origin),
        WorkSources.Task when work.Origin.StartsWith(TaskOrigin, StringComparison.Ordinal) => Key(work.Origin[TaskOrigin.Length..]),
        WorkSources.Subagent => work.Metadata[Field]?.GetValue<string>(),
        _ => null,
    };

    private static string? Key(string text) => text.StartsWith(ApiKey.IdPrefix, StringComparison.Ordinal) ? text : null;
}
