using System.Security.Cryptography;
using System.Text;
using Vigil.Agents;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Tools.Spawn;

namespace Vigil.Work;

/// <summary>Starts sub-agents: each is a work of its own on the same path; the parent waits for its end.</summary>
internal sealed class Spawner(IWorkStore store, WorkIntake intake, WorkSignal signal, IAgentRegistry agents, LentSlots slots, TimeProvider time) : ISpawner
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    public async Task<SpawnResult> SpawnAsync(RunContext parent, SpawnRequest request, CancellationToken cancellationToken)
    {
        var agent = request.Agent;
        if (agents.Find(agent) is { Profile: null } lookup)
            return new SpawnResult(lookup.Unknown?.Message ?? lookup.Broken![0].ToString(), Failed: true);
        var admission = await intake.AdmitAsync(new NewWork(Child(parent, request)), cancellationToken);
        var id = admission.Work.Id;
        // Asked before, by an attempt that was stopped and took its question back.
        if (!admission.Created && admission.Work is { State: WorkState.Finished, Outcome: Outcome.Cancelled } && await store.RetryAsync(id, time.GetUtcNow(), cancellationToken) == RetryResult.Waiting)
            signal.Set();
        // A chat holds no slot.
        using var lent = parent.WorkId is null ? null : slots.Lend();
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
            DedupeKey = Key(request),
            ParentId = parent.WorkId,
            Metadata = new SubagentFacts(request.Depth, [.. parent.AskedBy.Append(parent.Agent).Distinct()]) { Key = parent.Key }.ToMetadata(parent.RunId),
            CreatedAt = now,
            DueAt = now,
        };
    }

    // Some providers number their calls anew in each reply; the same id with another task is another child.
    private static string Key(SpawnRequest request)
        => $"{request.CallId}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Agent}\n{request.Prompt}")).AsSpan(0, 8))}";

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
