using Microsoft.Extensions.AI;
using Vigil.Agents;

namespace Vigil.Tools;

/// <summary>The tools of one turn: what the model is offered, and who answers a call.</summary>
internal sealed class ToolBench
{
    // Most turns call no tool.
    private readonly Lazy<Dictionary<string, ITool>> _own;
    private readonly IReadOnlyList<AIFunctionDeclaration> _callers;
    private readonly ToolInvoker _invoker;
    private readonly int _outputCap;

    /// <param name="own">The agent's and the source's, already allowed and in order.</param>
    /// <param name="callers">Of the caller of the API.</param>
    public ToolBench(IReadOnlyList<ITool> own, IReadOnlyList<AIFunctionDeclaration> callers, ToolInvoker invoker, int outputCap)
    {
        _own = new(() => own.ToDictionary(tool => tool.Definition.Name, StringComparer.Ordinal));
        _callers = callers;
        _invoker = invoker;
        _outputCap = outputCap;
        Declarations = [.. own.Select(tool => ToolDeclaration.Of(tool.Definition)), .. callers];
    }

    public IReadOnlyList<AITool> Declarations { get; }

    /// <summary>Whether the caller of the API answers it. Arguments that cannot be read are not passed on: the model hears of them, as it does with the agent's own tools.</summary>
    public bool IsCallers(FunctionCallContent call) => call.Exception is null && _callers.Any(tool => tool.Name == call.Name);

    public bool IsPure(string name) => _own.Value.TryGetValue(name, out var tool) && tool.Definition.Pure;

    public Task<ToolResult> InvokeAsync(RunContext run, FunctionCallContent call, CancellationToken cancellationToken)
        => _invoker.InvokeAsync(_own.Value, run, call, _outputCap, cancellationToken);
}
