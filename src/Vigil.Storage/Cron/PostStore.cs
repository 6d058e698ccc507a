using Vigil.Events;
using Vigil.Notify;
using Vigil.Storage.Engine;
using Vigil.Tasks;
using Vigil.Work;

namespace Vigil.Storage.Cron;

internal sealed class PostStore(IDatabase database) : IPostStore
{
    public Task<Admission> PostAsync(AgentWork work, Notification notification, NewEvent done, CancellationToken cancellationToken) => database.WriteAsync(async db =>
    {
        var admission = await EndedWorks.RecordAsync(db, work, Outcome.Spoke, null, done);
        if (!admission.Created)
            return admission;
        await EndedWorks.PostAsync(db, notification);
        return admission with { Work = admission.Work with { Notifications = [notification.Id] } };
    }, cancellationToken);
}
