using Vigil.Agents;
using Vigil.Notify;
using Vigil.Storage.Tests.Notify;
using Vigil.Storage.Work;
using Vigil.Work;

namespace Vigil.Storage.Tests.Work;

public abstract class DayBookTests : NotifySuite
{
    private static readonly TimeSpan s_grain = TimeSpan.FromMinutes(5);

    private DayBook Book => new(Database);

    [Fact]
    public async Task MarksAsync_WorksOfOneStretchAndEnd_AreOneMark()
    {
        var start = Now;
        await EndAsync("wrk_1", Outcome.Skipped, Reasons.NothingNew);
        Clock.Now += TimeSpan.FromMinutes(1);
        await EndAsync("wrk_2", Outcome.Skipped, Reasons.NothingNew);
        await EndAsync("wrk_3", Outcome.Silent);
        Clock.Now += TimeSpan.FromMinutes(5);
        await EndAsync("wrk_4", Outcome.Skipped, Reasons.NothingNew);
        await AdmitAsync("wrk_5", agent: "other");
        await AdmitAsync("wrk_6", due: Now.AddHours(1));
        Assert.Single(await ClaimAsync());

        var marks = await Book.MarksAsync([AgentId.Main, AgentId.Parse("other")], start, start.AddDays(1), s_grain, None);

        Assert.Equal(
            [
                new DayMark(AgentId.Main, start, WorkSources.Run, Outcome.Skipped, Reasons.NothingNew, 2, "wrk_2"),
                new DayMark(AgentId.Main, start, WorkSources.Run, Outcome.Silent, null, 1, "wrk_3"),
                new DayMark(AgentId.Main, start.AddMinutes(5), WorkSources.Run, Outcome.Skipped, Reasons.NothingNew, 1, "wrk_4"),
                new DayMark(AgentId.Parse("other"), start.AddMinutes(5), WorkSources.Run, null, null, 1, "wrk_5"),
            ], marks);
    }

    [Fact]
    public async Task MarksAsync_OtherAgentsAndOtherDays_AreLeftOut()
    {
        await EndAsync("wrk_1", Outcome.Silent);
        Assert.Empty(await Book.MarksAsync([AgentId.Main], Now.AddSeconds(1), Now.AddDays(1), s_grain, None));
        Assert.Empty(await Book.MarksAsync([AgentId.Main], Now.AddDays(-1), Now, s_grain, None));
        Assert.Empty(await Book.MarksAsync([AgentId.Parse("other")], Now, Now.AddDays(1), s_grain, None));
        Assert.Empty(await Book.MarksAsync([], Now, Now.AddDays(1), s_grain, None));
    }

    [Fact]
    public async Task UnreadAsync_CountsWhatWaitsForThePersonUpToTheLimit()
    {
        await PostAsync(Note("ntf_1"));
        await PostAsync(Note("ntf_2", "other"));
        await PostAsync(Note("ntf_3"));
        await PostAsync(Note("ntf_4") with { State = NotificationState.Held, Reason = Reasons.QuietNow });
        await PostAsync(Note("ntf_5") with { State = NotificationState.Suppressed, Reason = Reasons.Duplicate });
        await PostAsync(Note("ntf_6"));
        await Notifications.MarkReadAsync("ntf_3", Now, None);
        await Notifications.SnoozeAsync("ntf_6", Now.AddHours(1), None);

        Assert.Equal(2, await Book.UnreadAsync(null, Now, 100, None));
        Assert.Equal(3, await Book.UnreadAsync(null, Now.AddHours(1), 100, None));
        Assert.Equal(1, await Book.UnreadAsync([AgentId.Main], Now, 100, None));
        Assert.Equal(0, await Book.UnreadAsync([], Now, 100, None));
        Assert.Equal(1, await Book.UnreadAsync(null, Now, 1, None));
    }

    private async Task EndAsync(string id, Outcome outcome, string? reason = null)
        => await Works.CommitAsync(await RunningAsync(id), Ended(outcome, reason), None);
}

public sealed class SqliteDayBookTests : DayBookTests
{
    private protected override Task<Backend> CreateAsync() => SqliteAsync();
}

public sealed class PostgresDayBookTests : DayBookTests
{
    private protected override Task<Backend> CreateAsync() => PostgresAsync();
}
