using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Tools;

namespace Vigil.Work;

/// <summary>Starts sub-agents: each is a work of its own on the same path; the parent waits for its end.</summary>
internal sealed class Spawner(IWorkStore store, WorkIntake intake, IAgentRegistry agents, TimeProvider time) : ISpawner
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    public async Task<SpawnResult> SpawnAsync(RunContext parent, SpawnRequest request, CancellationToken cancellationToken)
    {
        var agent = request.Agent ?? parent.Agent;
        if (agents.Find(agent) is { Profile: null } lookup)
            return new SpawnResult(null, lookup.Unknown?.Message ?? lookup.Broken![0].ToString());
        var id = NewId.Work(time);
        var now = time.GetUtcNow();
        var work = new AgentWork
        {
            Id = id,
            Agent = agent,
            Source = WorkSources.Subagent,
            Origin = parent.RunId,
            Prompt = request.Prompt,
            Session = SessionKey.For(agent, "subagent", id),
            Context = ContextMode.Isolated,
            Model = request.Model,
            ModelDecidedBy = request.Model is null ? null : "request",
            Tools = request.Tools,
            Notify = NotifyPolicy.Silent,
            Deliver = [Notify.Targets.None],
            ParentId = parent.WorkId,
            Metadata = new JsonObject { ["depth"] = parent.Depth + 1, ["parentRun"] = parent.RunId },
            CreatedAt = now,
            DueAt = now,
        };
        await intake.AdmitAsync(new NewWork(work), cancellationToken);
        try
        {
            var finished = await FinishedAsync(id, cancellationToken);
            return finished.Outcome is Outcome.Answered or Outcome.Silent
                ? new SpawnResult(finished.Reply ?? "", null)
                : new SpawnResult(null, finished.Error ?? $"The sub-agent ended {finished.Outcome} ({finished.Reason}).");
        }
        catch (OperationCanceledException)
        {
            await store.CancelAsync(id, time.GetUtcNow(), CancellationToken.None);
            throw;
        }
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
