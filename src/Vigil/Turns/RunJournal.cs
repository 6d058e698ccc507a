using Vigil.Work;

namespace Vigil.Turns;

/// <summary>The journal of one attempt, in the store.</summary>
internal sealed class RunJournal(IRunStore store, RunStart run, IReadOnlyList<TurnStep> finished, WorkClaim? claim) : ITurnJournal
{
    public IReadOnlyList<TurnStep> Finished => finished;

    public async Task AppendAsync(TurnStep step, CancellationToken cancellationToken)
    {
        if (!await store.AppendAsync(run.Id, run.Journal, step, claim, cancellationToken))
            throw new ClaimLostException(run.WorkId ?? run.Id);
    }
}
