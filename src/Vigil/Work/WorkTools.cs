using Vigil.Settings;
using Vigil.Tools;
using Vigil.Tools.Source;

namespace Vigil.Work;

/// <summary>The tools that a work's source adds to the agent's own.</summary>
internal sealed class WorkTools(SourceTable sources)
{
    private static readonly ITool s_notify = new NotifyUserTool(taken: true);
    private static readonly ITool s_notifySilent = new NotifyUserTool(taken: false);

    public IReadOnlyList<ITool> For(WorkContext context, IWorkSource source)
    {
        if (!sources.MaySpeak(context.Work))
            return source.Tools(context);
        var notify = sources.Policy(context.Work) == NotifyPolicy.Silent ? s_notifySilent : s_notify;
        return [notify, .. source.Tools(context)];
    }
}
