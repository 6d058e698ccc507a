using Vigil.Agents;
using Vigil.Models;

namespace Vigil.Tools.Spawn;

/// <summary>Hands a part of the task to a sub-agent and waits for its answer.</summary>
internal sealed class SpawnTool(Lazy<ISpawner?> spawner, SpawnLimits limits, IReadOnlyList<string>? toolsOfParent = null) : ITool, ICappedByParent
{
    // Made once: the tool itself is made for each run.
    private static readonly ToolDefinition s_definition = new("spawn",
        "Give a self-contained task to a sub-agent and get its answer. It knows nothing of this conversation: put all it needs into the prompt.", ToolArguments.Schema("""
        {
          "type": "object",
          "properties": {
            "prompt": { "type": "string", "description": "The whole task, with everything needed for it" },
            "agent": { "type": "string", "description": "Another agent by its id; default yourself" },
            "model": { "type": "string", "description": "provider/model; default the agent's own" },
            "tools": { "type": "array", "items": { "type": "string" }, "description": "Only these of your tools, by name or glob; default all of yours" }
          },
          "required": ["prompt"],
          "additionalProperties": false
        }
        """))
    {
        Outside = true,
        // Admitted once under this call: starting it again after a crash finds the same work.
        Pure = true,
    };

    public ToolDefinition Definition => s_definition;

    public ITool Under(IReadOnlyList<string> toolsOfParent, bool narrowed) => new SpawnTool(spawner, limits, toolsOfParent);

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (spawner.Value is not { } started)
            return ToolResult.Error("Sub-agents are not available here.");
        if (call.Text("prompt") is not { } prompt || string.IsNullOrWhiteSpace(prompt))
            return ToolArguments.Missing("prompt", "the whole task of the sub-agent");
        if (call.Run.Depth >= SpawnLimits.Deepest)
            return ToolResult.Error($"This is a sub-agent at depth {call.Run.Depth}; it cannot start another. Do the task yourself.");
        if (Child(call) is not { } agent)
            return ToolResult.Error(NotAllowed(call));
        ModelName? model = null;
        if (call.Text("model") is { Length: > 0 } named)
        {
            if (!ModelName.TryParse(named, out var parsed))
                return ToolResult.Error($"'model' must be provider/model, for example openai/gpt-5.4, not '{named}'.");
            model = parsed;
        }
        using var place = limits.TryEnter(call.Run.RunId);
        if (place is null)
            return ToolResult.Error($"{SpawnLimits.AtOnce} sub-agents are already at work; wait for one of them.");
        var request = new SpawnRequest
        {
            CallId = call.CallId,
            Prompt = prompt,
            Agent = agent,
            Model = model,
            Tools = Tools(call),
            Depth = call.Run.Depth + 1,
        };
        var result = await started.SpawnAsync(call.Run, request, cancellationToken);
        return new ToolResult(result.Text) { IsError = result.Failed };
    }

    private static AgentId? Child(ToolCall call)
    {
        if (call.Text("agent") is not { Length: > 0 } named)
            return call.Run.Agent;
        if (!AgentId.TryParse(named, null, out var agent))
            return null;
        return agent == call.Run.Agent || call.Run.Profile.MayAsk.Contains(agent.Value, StringComparer.Ordinal) ? agent : null;
    }

    private static string NotAllowed(ToolCall call)
        => $"You may not start a sub-agent on '{call.Text("agent")}'. "
           + (call.Run.Profile.MayAsk.Count == 0 ? "Leave 'agent' out to use yourself." : $"You may name: {string.Join(", ", call.Run.Profile.MayAsk)}.");

    private IReadOnlyList<string> Tools(ToolCall call)
    {
        IReadOnlyList<string> mine = toolsOfParent ?? [];
        return call.Texts("tools") is { } wanted ? [.. mine.Where(tool => Glob.MatchesAny(wanted, tool))] : mine;
    }
}
