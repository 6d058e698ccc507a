using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Work;

/// <summary>
/// The sources by name, and who speaks how (docs/work.md has the same table): heartbeat and wake by <c>notify_user</c> alone; cron, task and run by the
/// work's policy; a sub-agent answers its parent and is not offered the tool.
/// </summary>
internal sealed class SourceTable
{
    private readonly Dictionary<string, IWorkSource> _sources;

    public SourceTable(IEnumerable<IWorkSource> sources)
        => _sources = sources.ToDictionary(source => source.Name, StringComparer.Ordinal);

    public IWorkSource Of(AgentWork work) => _sources.TryGetValue(work.Source, out var source) ? source : new PlainSource(work.Source);

    public NotifyPolicy Policy(AgentWork work) => Of(work).SpeaksByToolAlone ? NotifyPolicy.Gated : work.Notify;

    /// <summary>Whether the model is offered <c>notify_user</c>.</summary>
    public bool MaySpeak(AgentWork work) => work.Source != WorkSources.Subagent && !(work.Source == WorkSources.Run && work.Notify == NotifyPolicy.Silent);

    /// <summary>Whether a reply without a notification is an answer to somebody.</summary>
    public bool Answers(AgentWork work) => work.Source is WorkSources.Run or WorkSources.Subagent;

    private sealed class PlainSource(string name) : IWorkSource
    {
        public string Name => name;
    }
}
