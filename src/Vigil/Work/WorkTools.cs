using Vigil.Settings;
using Vigil.Tools;
using Vigil.Tools.Source;

namespace Vigil.Work;

/// <summary>The tools that a work's source adds to the agent's own.</summary>
internal sealed class WorkTools(SourceTable sources)
{
    private static readonly ITool s_silenced = new SilencedNotify();

    public IReadOnlyList<ITool> For(WorkContext context, IWorkSource source)
    {
        if (!sources.MaySpeak(context.Work))
            return source.Tools(context);
        var notify = sources.Policy(context.Work) == NotifyPolicy.Silent ? s_silenced : SourceTools.NotifyUser;
        return [notify, .. source.Tools(context)];
    }

    // The tool stays, so that a prompt which names it still works; its answer says that this work says nothing.
    private sealed class SilencedNotify : ITool
    {
        public ToolDefinition Definition => SourceTools.NotifyUser.Definition;

        public async ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken)
        {
            var result = await SourceTools.NotifyUser.CallAsync(call, cancellationToken);
            return result.IsError ? result : new ToolResult("Not sent: this work is silent. What you write in your reply is kept with the work.");
        }
    }
}
