using Vigil.Events;
using Vigil.Notify;
using Vigil.Work;

namespace Vigil.Tasks;

/// <summary>Posts what needs no model: a work that is finished from the start and its notification, in one transaction.</summary>
public interface IPostStore
{
    /// <summary>Under a used dedupe key nothing is posted again and the first work is returned.</summary>
    Task<Admission> PostAsync(AgentWork work, Notification notification, NewEvent done, CancellationToken cancellationToken);
}
