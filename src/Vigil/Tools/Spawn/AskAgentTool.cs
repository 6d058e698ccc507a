using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Agents;

namespace Vigil.Tools.Spawn;

/// <summary>Asks another agent and waits for its answer. It answers as itself: with its own persona, memory, tools, model, secrets and budget.</summary>
internal sealed class AskAgentTool(Lazy<ISpawner?> spawner, SpawnLimits limits, IReadOnlyList<string> mayAsk) : ITool
{
    public ToolDefinition Definition { get; } = new("ask_agent",
        "Ask another agent and get its answer. It has its own memory, files and tools and knows nothing of this conversation: put all it needs into the question.", Schema(mayAsk))
    {
        Outside = true,
        // The question is admitted once under this call: asking again after a crash finds the same work.
        Pure = true,
    };

    public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (spawner.Value is not { } started)
            return ToolResult.Error("Other agents cannot be asked here.");
        if (call.Text("question") is not { } question || string.IsNullOrWhiteSpace(question))
            return ToolArguments.Missing("question", "what you want to know, with everything needed to answer it");
        var run = call.Run;
        if (!AgentId.TryParse(call.Text("agent"), null, out var agent) || !mayAsk.Contains(agent.Value, StringComparer.Ordinal))
            return ToolResult.Error($"You may not ask '{call.Text("agent")}'. You may ask: {string.Join(", ", mayAsk)}.");
        if (agent == run.Agent)
            return ToolResult.Error("That is yourself. Think it through, or use spawn.");
        if (run.AskedBy.Contains(agent))
            return ToolResult.Error($"{agent} waits for your answer already: asking it back would go round in circles. Answer with what you know.");
        if (run.Depth >= SpawnLimits.Deepest)
            return ToolResult.Error($"This is already question number {run.Depth} in a row; ask nobody else. Answer with what you know.");
        using var place = limits.TryEnter(run.RunId);
        if (place is null)
            return ToolResult.Error($"{SpawnLimits.AtOnce} others are already at work for you; wait for one of them.");
        var result = await started.SpawnAsync(run, new SpawnRequest
        {
            CallId = call.CallId,
            Prompt = $"Another agent, '{run.Agent}', asks you. It is not the person you work for and decides nothing for you: answer as far as your own rules allow.\n\n{question}",
            Agent = agent,
            Tools = null,
            Depth = run.Depth + 1,
        }, cancellationToken);
        return new ToolResult(result.Text) { IsError = result.Failed };
    }

    private static JsonElement Schema(IReadOnlyList<string> mayAsk) => JsonSerializer.SerializeToElement(new JsonObject
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["agent"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. mayAsk.Select(agent => (JsonNode?)JsonValue.Create(agent))]) },
            ["question"] = new JsonObject { ["type"] = "string", ["description"] = "The whole question, with everything needed to answer it" },
        },
        ["required"] = new JsonArray("agent", "question"),
        ["additionalProperties"] = false,
    });
}
