using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Tools.Spawn;

namespace Vigil.Work;

/// <summary>Starts sub-agents: each is a work of its own on the same path; the parent waits for its end.</summary>
internal sealed class Spawner(IWorkStore store, WorkIntake intake, IAgentRegistry agents, TimeProvider time) : ISpawner
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    public async Task<SpawnResult> SpawnAsync(RunContext parent, SpawnRequest request, CancellationToken cancellationToken)
    {
        var agent = request.Agent;
        if (agents.Find(agent) is { Profile: null } lookup)
            return new SpawnResult(lookup.Unknown?.Message ?? lookup.Broken![0].ToString(), Failed: true);
        var admission = await intake.AdmitAsync(new NewWork(Child(parent, request)), cancellationToken);
        var id = admission.Work.Id;
        try
        {
            var finished = await FinishedAsync(id, cancellationToken);
            return finished.Outcome is Outcome.Answered or Outcome.Silent
                ? new SpawnResult(finished.Reply ?? "", Failed: false, id)
                : new SpawnResult(finished.Error ?? $"The sub-agent ended {finished.Outcome} ({finished.Reason}).", Failed: true, id);
        }
        catch (OperationCanceledException)
        {
            await store.CancelAsync(id, time.GetUtcNow(), CancellationToken.None);
            throw;
        }
    }

    private AgentWork Child(RunContext parent, SpawnRequest request)
    {
        var metadata = new JsonObject { ["depth"] = request.Depth, ["parentRun"] = parent.RunId };
        if (parent.Key is { } key)
            metadata[WorkKey.Field] = key;
        var id = NewId.Work(time);
        var now = time.GetUtcNow();
        return new AgentWork
        {
            Id = id,
            Agent = request.Agent,
            Source = WorkSources.Subagent,
            Origin = parent.WorkId ?? parent.RunId,
            Prompt = request.Prompt,
            Session = SessionKey.For(request.Agent, "subagent", id),
            Context = ContextMode.Isolated,
            Model = request.Model?.ToString(),
            ModelDecidedBy = request.Model is null ? null : "request",
            Tools = request.Tools,
            Notify = NotifyPolicy.Silent,
            Deliver = [Targets.None],
            DedupeKey = request.CallId,
            ParentId = parent.WorkId,
            Metadata = metadata,
            CreatedAt = now,
            DueAt = now,
        };
    }

    // The child may run on another node, so the row is looked at; the children of this node are few and short-lived.
    private async Task<AgentWork> FinishedAsync(string id, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_look, time);
        while (true)
        {
            if (await store.GetAsync(id, cancellationToken) is { State: WorkState.Finished } finished)
                return finished;
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }
}
