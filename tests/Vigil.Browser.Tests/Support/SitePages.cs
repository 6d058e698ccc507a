using Vigil.Cron;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Notify;
using Vigil.Work;

namespace Vigil.Browser.Tests.Support;

/// <summary>Every page that there is to look at, by a short name: the navigation's, and the pages below them.</summary>
internal static class SitePages
{
    public static async Task<IReadOnlyList<(string Title, string Path)>> AllAsync(DashboardHost host)
    {
        var spoke = (await host.Get<IWorkStore>().ListAsync(new WorkFilter { Outcomes = [Outcome.Spoke] }, null, 1, default)).Items[0];
        var failed = (await host.Get<IWorkStore>().ListAsync(new WorkFilter { Outcomes = [Outcome.Failed] }, null, 1, default)).Items[0];
        var said = (await host.Get<INotificationStore>().InboxAsync(new InboxFilter(), host.Clock.GetUtcNow(), null, 1, default)).Items[0];
        var planned = (await host.Get<IScheduleStore>().ListAsync(new ScheduleFilter { Name = Stage.Planned }, null, 1, default)).Items[0];
        return
        [
            .. NavPages.All.Select(page => (page.Title.ToLowerInvariant(), page.Path)),
            ("inbox-unsaid", "/inbox?tab=unsaid"),
            ("notification", $"/inbox/{said.Id}"),
            ("work-one", $"/work/{spoke.Id}"),
            ("work-failed", $"/work/{failed.Id}"),
            ("work-none", "/work?agent=ops&outcome=spoke"),
            ("heartbeat", "/heartbeats/main"),
            ("chat-main", "/chat/main"),
            ("schedule-new", "/schedules/new"),
            ("schedule", $"/schedules/{planned.Id}"),
            ("agent", "/agents/main"),
        ];
    }
}
