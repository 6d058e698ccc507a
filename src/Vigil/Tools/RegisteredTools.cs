using Vigil.Agents;

namespace Vigil.Tools;

/// <summary>Single tools that a plug-in or a host registered, the same for every agent; its profile allows and denies them by name.</summary>
internal sealed class RegisteredTools(IEnumerable<ITool> tools) : IToolProvider
{
    private readonly IReadOnlyList<ITool> _tools = [.. tools];

    public ValueTask<IReadOnlyList<ITool>> ToolsAsync(RunContext run, CancellationToken cancellationToken) => ValueTask.FromResult(_tools);
}
