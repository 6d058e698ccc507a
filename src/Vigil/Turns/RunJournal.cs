using Vigil.Work;

namespace Vigil.Turns;

/// <summary>The journal of one attempt, in the store.</summary>
internal sealed class RunJournal(IRunStore store, RunStart run, IReadOnlyList<TurnStep> finished, WorkClaim? claim) : ITurnJournal
{
    public IReadOnlyList<TurnStep> Finished => finished;

    /// <summary>The last reply of a chat turn: the end of the run follows at once and writes it in its own commit. Works have gates in between.</summary>
    public TurnStep? LastStep { get; private set; }

    public async Task AppendAsync(TurnStep step, bool isLast, CancellationToken cancellationToken)
    {
        if (isLast && claim is null)
            LastStep = step;
        else if (!await store.AppendAsync(run.Id, run.Journal, step, claim, cancellationToken))
            throw new ClaimLostException(run.WorkId ?? run.Id);
    }
}
