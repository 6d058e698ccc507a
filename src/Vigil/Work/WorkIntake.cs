namespace Vigil.Work;

/// <summary>The one way in: a work is a committed row before anyone is told "accepted".</summary>
public sealed class WorkIntake(IWorkStore store, WorkSignal signal)
{
    public async Task<Admission> AdmitAsync(NewWork work, CancellationToken cancellationToken)
    {
        var admission = await store.AdmitAsync(work, cancellationToken);
        if (admission.Created)
            signal.Set();
        return admission;
    }

    public async Task<IReadOnlyList<Admission>> AdmitManyAsync(IReadOnlyList<NewWork> works, CancellationToken cancellationToken)
    {
        var admissions = await store.AdmitManyAsync(works, cancellationToken);
        signal.Set();
        return admissions;
    }
}
