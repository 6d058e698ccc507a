using System.Text.Json.Nodes;
using Vigil.Agents;

namespace Vigil.Work;

/// <summary>What a sub-agent's work knows of those who wait for it. Works of other sources carry none, whatever their caller put into the metadata.</summary>
/// <param name="AskedBy">Agents that wait for the answer, the first asker first.</param>
internal sealed record SubagentFacts(int Depth, IReadOnlyList<AgentId> AskedBy)
{
    /// <summary>The API key whose money the work spends, if one asked for what the parent does.</summary>
    public string? Key { get; init; }

    public static SubagentFacts None { get; } = new(0, []);

    public static SubagentFacts Of(AgentWork work)
        => work.Source == WorkSources.Subagent
            ? new SubagentFacts(work.Metadata["depth"]?.GetValue<int>() ?? 1, [.. (work.Metadata["askedBy"] as JsonArray ?? []).Select(asker => AgentId.Parse(asker!.GetValue<string>()))])
            : None;

    public JsonObject ToMetadata(string parentRun)
    {
        var metadata = new JsonObject
        {
            ["depth"] = Depth,
            ["parentRun"] = parentRun,
            ["askedBy"] = new JsonArray([.. AskedBy.Select(asker => (JsonNode?)JsonValue.Create(asker.Value))]),
        };
        if (Key is not null)
            metadata[WorkKey.Field] = Key;
        return metadata;
    }
}
