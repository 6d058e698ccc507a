using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Errors;

namespace Vigil.Tools;

/// <summary>Runs one tool call and turns whatever happens into a result that the model can act on. Only cancellation gets out.</summary>
internal sealed class ToolInvoker(ILogger<ToolInvoker> logger)
{
    /// <param name="outputCap">Characters of the result that reach the model.</param>
    public async Task<ToolResult> InvokeAsync(
        IReadOnlyDictionary<string, ITool> tools, RunContext run, FunctionCallContent call, int outputCap, CancellationToken cancellationToken)
    {
        // First, since a call of the caller's tool comes here for this alone.
        if (call.Exception is not null)
            return Unreadable(call);
        if (!tools.TryGetValue(call.Name, out var tool))
            return Unknown(tools, call.Name);
        var schema = tool.Definition.Schema;
        if (Arguments(call) is not { ValueKind: JsonValueKind.Object } given)
            return Unreadable(call);
        var arguments = ArgumentCheck.WithoutEmptyOptions(schema, given);
        if (ArgumentCheck.Problem(schema, arguments) is { } problem)
            return ToolResult.Error($"{call.Name} was not run: {problem}. Call it again with arguments that follow its schema.");
        try
        {
            var result = await tool.CallAsync(new ToolCall(run, call.CallId, call.Name, arguments), cancellationToken);
            return Presented(tool.Definition, result, outputCap);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return ToolResult.Error($"{call.Name} took too long and was stopped.");
        }
        catch (Exception failure)
        {
            logger.LogWarning(failure, "Tool {Tool} of agent {Agent} threw.", call.Name, run.Agent);
            return ToolResult.Error($"{call.Name} failed: {FirstLine(failure)}");
        }
    }

    private static ToolResult Unreadable(FunctionCallContent call)
        => ToolResult.Error($"The arguments of {call.Name} were not a valid JSON object. Call it again with arguments that follow its schema.");

    private static ToolResult Unknown(IReadOnlyDictionary<string, ITool> tools, string name)
    {
        var near = Nearest.To(name, tools.Keys);
        return ToolResult.Error($"There is no tool '{name}'." + (near is null ? " Use only the tools that were offered." : $" Did you mean '{near}'?"));
    }

    private static JsonElement? Arguments(FunctionCallContent call)
    {
        try
        {
            return JsonSerializer.SerializeToElement(call.Arguments ?? new Dictionary<string, object?>(), AIJsonUtilities.DefaultOptions);
        }
        catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException or ArgumentException)
        {
            return null;
        }
    }

    private static ToolResult Presented(ToolDefinition tool, ToolResult result, int cap)
    {
        var text = Cut(result.Text, cap);
        return result with
        {
            Text = tool.Outside ? Fence.Wrap(tool.Name, text) : text,
            Intent = result.IsError ? null : result.Intent,
        };
    }

    private static string Cut(string text, int cap)
    {
        if (text.Length <= cap)
            return text;
        var end = cap > 0 && char.IsHighSurrogate(text[cap - 1]) ? cap - 1 : cap;
        return $"{text.AsSpan(0, end)}\n[cut: the first {end} of {text.Length} characters are shown]";
    }

    private static string FirstLine(Exception failure)
    {
        var line = failure.Message.Split('\n', 2)[0].Trim();
        return line.Length <= 300 ? line : line[..300] + "…";
    }
}
