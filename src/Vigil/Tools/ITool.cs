using System.Text.Json;
using Vigil.Agents;

namespace Vigil.Tools;

/// <summary>Something that a model may call. A tool never throws for bad arguments or a bad world: it answers with an error that the model can act on.</summary>
public interface ITool
{
    ToolDefinition Definition { get; }

    /// <param name="cancellationToken">The run was cancelled, or the tool's own limit passed.</param>
    ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken);
}

/// <param name="Name">1–64 of a–z, A–Z, 0–9, '_' and '-'; tools of an MCP server are named <c>server__tool</c>.</param>
/// <param name="Schema">JSON Schema of the arguments: an object.</param>
public sealed record ToolDefinition(string Name, string Description, JsonElement Schema)
{
    /// <summary>No side effect: may be started again after a crash that hid its result.</summary>
    public bool Pure { get; init; }

    /// <summary>Its results come from outside and are fenced as untrusted data.</summary>
    public bool Outside { get; init; }

    /// <summary>Not in the default set: offered only when the settings allow it by name.</summary>
    public bool OptIn { get; init; }
}

/// <param name="Arguments">A JSON object.</param>
public sealed record ToolCall(RunContext Run, string CallId, string Name, JsonElement Arguments);

/// <summary>What a tool answers the model.</summary>
public sealed record ToolResult(string Text)
{
    public bool IsError { get; init; }

    /// <summary>What the model means to happen (say this, follow that up); journaled with the result and acted on in the commit, never before.</summary>
    public ToolIntent? Intent { get; init; }

    /// <summary>The turn is over after this step: nothing more is asked of this model.</summary>
    public bool EndsTurn { get; init; }

    public static ToolResult Error(string message) => new(message) { IsError = true };
}

/// <param name="Kind">One of <see cref="IntentKinds"/>, or a plug-in's own word.</param>
public sealed record ToolIntent(string Kind, JsonElement Value);

/// <summary>What the built-in tools can intend.</summary>
public static class IntentKinds
{
    public const string Notify = "notify";
    public const string FollowUp = "follow-up";
    public const string Escalate = "escalate";
}

/// <summary>A family of tools: the built-in ones, the MCP servers, a plug-in's.</summary>
public interface IToolProvider
{
    /// <summary>The tools that exist for this run, before allow and deny are applied. Quick: a server that is slow or dead is represented by what is known of it.</summary>
    ValueTask<IReadOnlyList<ITool>> ToolsAsync(RunContext run, CancellationToken cancellationToken);
}
