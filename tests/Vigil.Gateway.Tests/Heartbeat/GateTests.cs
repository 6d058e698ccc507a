using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Heartbeat;
using Vigil.Models;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Heartbeat;

public sealed class GateTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("\n# Heartbeat\n\n<!-- - look at\n mail -->\n- \n- [ ]\n```\n```\n")]
    [InlineData("- [x] Renew the passport\n")]
    public async Task H27_H28_H32_NothingInTheChecklist_SkippedWithoutARequest(string? checklist)
    {
        await using var bed = await BeatBed.StartAsync(checklist: checklist);
        if (checklist is null)
            File.Delete(Path.Combine(bed.Home.Workspace(bed.Agent), "HEARTBEAT.md"));

        var work = await bed.BeatAsync();

        Assert.Equal((Outcome.Skipped, Reasons.EmptyChecklist), (work.Outcome, work.Reason));
        Assert.Empty(bed.Requests);
    }

    [Fact]
    public async Task H29_AgentAsItIsMade_CostsNothing()
    {
        await using var bed = await BeatBed.StartAsync(checklist: null);
        Assert.Equal(Reasons.EmptyChecklist, (await bed.BeatAsync()).Reason);
        Assert.Empty(bed.Requests);
    }

    [Fact]
    public async Task H33_ChecklistTooLargeOrUnreadable_FailsAndNamesTheFile()
    {
        await using var bed = await BeatBed.StartAsync(checklist: new string('x', Checklist.MaxBytes + 1));
        var large = await bed.BeatAsync();
        var file = Path.Combine(bed.Home.Workspace(bed.Agent), "HEARTBEAT.md");
        File.Delete(file);
        Directory.CreateDirectory(file);
        var folder = await bed.BeatAsync();

        foreach (var work in new[] { large, folder })
        {
            Assert.Equal((Outcome.Failed, Reasons.GateError), (work.Outcome, work.Reason));
            Assert.Contains(file, work.Error);
        }
        Assert.Empty(bed.Requests);
    }

    [Fact]
    public async Task H16_H25_OutsideTheHours_SkippedAndNoCheckIsDone()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "activeHours": { "start": "08:00", "end": "09:00", "timezone": "UTC" } """, "2026-03-02T05:00:00Z",
            checklist: "- [every 4h] Look\n");

        for (var slot = await bed.NextAsync(); slot < DateTimeOffset.Parse("2026-03-02T12:00:00Z", null); slot = await bed.NextAsync())
            await bed.AtAsync(slot);

        var works = await bed.WorksAsync();
        Assert.Single(bed.Requests);
        Assert.Equal(1, works.Count(work => work.Reason == Reasons.NothingDue));
        Assert.All(works, work => Assert.True((work.Slot!.Value.Hour == 8) != (work.Reason == Reasons.OutsideActiveHours)));
    }

    [Fact]
    public async Task H36_H40_Cadence_NotDueUntilItsTimeAndStillDueAfterAFailure()
    {
        await using var bed = await BeatBed.StartAsync(checklist: "- [every 2h] Look at the mail\n");
        bed.Client.EnqueueFailure(ModelFailureKind.Auth);
        var reasons = new List<string?>();
        for (var i = 0; i < 6; i++)
            reasons.Add((await bed.BeatAsync()).Outcome == Outcome.Failed ? "failed" : (await bed.LastAsync()).Reason);

        Assert.Equal(["failed", Reasons.Ack, Reasons.NothingDue, Reasons.NothingDue, Reasons.NothingDue, Reasons.Ack], reasons);
    }

    [Fact]
    public async Task H38_OneDueAndOneNot_OnlyTheDueOneIsInThePrompt()
    {
        await using var bed = await BeatBed.StartAsync(checklist: "- [every 4h] Water the plants\n- Look at the mail\n");
        await bed.BeatAsync();
        await bed.BeatAsync();

        Assert.Contains("Water the plants", BeatBed.TextOf(bed.Requests[0]));
        Assert.DoesNotContain("Water the plants", BeatBed.TextOf(bed.Requests[1]));
        Assert.Contains("Look at the mail", BeatBed.TextOf(bed.Requests[1]));
    }

    [Fact]
    public async Task H41_H42_H43_MovedEditedAndTamperedState_TheStoreCounts()
    {
        await using var bed = await BeatBed.StartAsync(checklist: "- [every 1d] Look at the mail\n- Other\n");
        await bed.BeatAsync();
        await bed.RestartAsync();
        var mirror = Path.Combine(bed.Home.Workspace(bed.Agent), "memory", "heartbeat-state.json");
        Assert.Contains("Look at the mail", await File.ReadAllTextAsync(mirror));
        await File.WriteAllTextAsync(mirror, "{}");
        bed.Checklist("# Head\n\n   - [every 1d]   Look at the mail\n\n## Next\n\n- New one\n");

        await bed.BeatAsync();
        await bed.RestartAsync();

        var state = await bed.Get<Heartbeats>().StateAsync(bed.Profile, CancellationToken.None);
        Assert.Equal(["Look at the mail", "New one"], state.Select(check => check.Text));
        Assert.NotNull(state[0].LastRun);
        Assert.NotEqual(state[0].LastRun, state[1].LastRun);
        Assert.DoesNotContain("Look at the mail", BeatBed.TextOf(bed.Requests[1]));
        var text = await File.ReadAllTextAsync(mirror);
        Assert.Contains("New one", text);
        Assert.DoesNotContain("Other", text);
        File.Delete(mirror);
        bed.Checklist("- [every 1d] Look at the mail\n");
        Assert.Equal(Reasons.NothingDue, (await bed.BeatAsync()).Reason);
        await bed.CloseAsync();
        Assert.True(File.Exists(mirror));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("mine now")]
    [InlineData(null)]
    public async Task H43_AfterARestart_ASkippedBeatWritesAnewOnlyWhatSomebodyElseWrote(string? edited)
    {
        await using var bed = await BeatBed.StartAsync(checklist: "- [every 1d] Look at the mail\n");
        await bed.BeatAsync();
        await bed.CloseAsync(); // the mirror is written after the beat
        var mirror = new FileInfo(Path.Combine(bed.Home.Workspace(bed.Agent), "memory", "heartbeat-state.json"));
        if (edited is not null)
            await File.WriteAllTextAsync(mirror.FullName, edited);
        var before = mirror.LastWriteTimeUtc;
        await bed.OpenAsync();

        Assert.Equal(Reasons.NothingDue, (await bed.BeatAsync()).Reason);
        await bed.CloseAsync();

        mirror.Refresh();
        Assert.Equal(edited is null, mirror.LastWriteTimeUtc == before);
        Assert.Contains("Look at the mail", await File.ReadAllTextAsync(mirror.FullName), StringComparison.Ordinal);
    }

    [Fact]
    public async Task H72_PersonWroteAMomentAgo_BusyAndNormalAfterTheQuiet()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "quietAfterMessage": "10m" """);
        var next = await bed.NextAsync();
        bed.Clock.AdvanceTo(next.AddMinutes(-3));
        await bed.Get<ISessionStore>().AppendAsync(SessionKey.For(bed.Agent, "telegram", "dm", "7"),
            [new NewSessionMessage(bed.Clock.GetUtcNow(), new ChatMessage(ChatRole.User, "Hello")) { ByPerson = true }], CancellationToken.None);

        var busy = await bed.BeatAsync();
        var normal = await bed.BeatAsync();

        Assert.Equal((Outcome.Skipped, Reasons.Busy), (busy.Outcome, busy.Reason));
        Assert.Equal(Outcome.Silent, normal.Outcome);
        Assert.Single(bed.Requests);
    }

    [Fact]
    public async Task H77_H78_H81_PauseUntilAndResume_SkippedAlsoAfterARestartAndNoFileChanges()
    {
        await using var bed = await BeatBed.StartAsync();
        var files = () => File.ReadAllText(bed.Home.SettingsFile) + File.ReadAllText(bed.Home.AgentFile(bed.Agent));
        var before = files();
        await bed.PulseAsync();
        await bed.Get<Heartbeats>().PauseAsync(bed.Profile, "2h", CancellationToken.None);
        await bed.BeatAsync();
        await bed.RestartAsync();
        var paused = await bed.BeatAsync();
        Assert.Equal((Outcome.Skipped, Reasons.Paused), (paused.Outcome, paused.Reason));

        await bed.Get<Heartbeats>().ResumeAsync(bed.Profile, CancellationToken.None);
        var works = (await bed.WorksAsync()).Count;
        await bed.PulseAsync();
        await bed.SettleAsync();
        Assert.Equal(works, (await bed.WorksAsync()).Count);
        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
        Assert.Equal(before, files());
    }

    [Fact]
    public async Task H82_TurnedOffAfterAdmission_SkippedDisabledAndNoFurtherSlots()
    {
        await using var bed = await BeatBed.StartAsync();
        var next = await bed.NextAsync();
        bed.Settings(""" "enabled": false """);
        await bed.CloseAsync();
        bed.Settings(""" "every": "30m" """);
        await bed.OpenAsync();
        var work = await bed.RunNowAsync();
        Assert.Equal(Outcome.Silent, work.Outcome);

        bed.Settings(""" "enabled": false """);
        await bed.RestartAsync();
        Assert.Equal((Outcome.Skipped, Reasons.Disabled), await OutcomeAsync(await bed.RunNowAsync()));
        await bed.AtAsync(next.AddHours(3));
        Assert.Equal(2, (await bed.WorksAsync()).Count);
    }

    [Fact]
    public async Task H73_H75_RunNow_PassesTheGatesAndTheNextSlotStays()
    {
        await using var bed = await BeatBed.StartAsync();
        var next = await bed.NextAsync();

        var work = await bed.RunNowAsync();

        Assert.Equal(Outcome.Silent, work.Outcome);
        Assert.Equal(next, await bed.NextAsync());
        bed.Checklist("");
        Assert.Equal((Outcome.Skipped, Reasons.EmptyChecklist), await OutcomeAsync(await bed.RunNowAsync()));
    }

    [Fact]
    public async Task H90_OneBrokenChecklist_TheOthersBeat()
    {
        await using var bed = await BeatBed.StartAsync();
        bed.Get<IAgentRegistry>().Add(AgentId.Parse("broken"));
        bed.Checklist(new string('x', Checklist.MaxBytes + 1), AgentId.Parse("broken"));
        await bed.AtAsync(bed.Clock.GetUtcNow().AddSeconds(30));
        await bed.AtAsync(bed.Clock.GetUtcNow().AddHours(1));

        Assert.All(await bed.WorksAsync(AgentId.Parse("broken")), work => Assert.Equal(Outcome.Failed, work.Outcome));
        Assert.All(await bed.WorksAsync(bed.Agent), work => Assert.Equal(Outcome.Silent, work.Outcome));
        Assert.NotEmpty(await bed.WorksAsync(AgentId.Parse("broken")));
        Assert.NotEmpty(await bed.WorksAsync(bed.Agent));
    }

    [Fact]
    public async Task H17_OvernightWindow_PassesBeforeAndAfterMidnightAndNotAtNoon()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "1h", "activeHours": { "start": "22:00", "end": "06:00", "timezone": "Europe/Berlin" } """, "2026-03-02T11:00:00Z");

        for (var beats = 0; beats < 24; beats++)
            await bed.BeatAsync();

        var byHour = (await bed.WorksAsync()).ToDictionary(work => Local(work, "Europe/Berlin").Hour, work => (work.Outcome, work.Reason));
        Assert.Equal(24, byHour.Count);
        Assert.All(byHour, hour => Assert.Equal(hour.Key is >= 22 or < 6 ? (Outcome.Silent, Reasons.Ack) : (Outcome.Skipped, Reasons.OutsideActiveHours), (hour.Value.Outcome!.Value, hour.Value.Reason)));
        Assert.Equal(8, bed.Requests.Count);
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("America/New_York")]
    [InlineData("Asia/Kathmandu")]
    [InlineData("Pacific/Chatham")]
    public async Task H18_FromMidnight_TheFirstHalfHourPassesInAnyZone(string zone)
    {
        await using var bed = await BeatBed.StartAsync($$""" "every": "30m", "activeHours": { "start": "00:00", "end": "06:00", "timezone": "{{zone}}" } """, "2026-03-02T00:00:00Z");

        for (var beats = 0; beats < 48; beats++)
            await bed.BeatAsync();

        var works = await bed.WorksAsync();
        Assert.Equal(2, works.Count(work => Local(work, zone).Hour == 0));
        Assert.All(works, work => Assert.Equal(Local(work, zone).Hour < 6 ? Outcome.Silent : Outcome.Skipped, work.Outcome));
    }

    [Fact]
    public async Task H34_EditedChecklist_CountsAtTheNextSlot()
    {
        await using var bed = await BeatBed.StartAsync(checklist: "# Nothing yet\n");
        Assert.Equal(Reasons.EmptyChecklist, (await bed.BeatAsync()).Reason);
        bed.Checklist("- Water the plants\n");
        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
        bed.Checklist("- Feed the cat\n");
        await bed.BeatAsync();

        Assert.Contains("Water the plants", BeatBed.TextOf(bed.Requests[0]));
        Assert.Contains("Feed the cat", BeatBed.TextOf(bed.Requests[1]));
        Assert.DoesNotContain("Water the plants", BeatBed.TextOf(bed.Requests[1]));
    }

    [Fact]
    public async Task H72_ThePersonsTurnRuns_BusyWithoutARequestAndTheChatGoesOn()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "quietAfterMessage": "0s" """);
        var next = await bed.NextAsync();
        bed.Clock.AdvanceTo(next.AddSeconds(-5));
        var reply = new TaskCompletionSource<string>();
        bed.Client.EnqueueWhen(reply.Task);
        var chat = bed.ChatAsync("Tell me a story");
        await bed.Client.NextAsync();

        await bed.AtAsync(next);

        var busy = await bed.LastAsync();
        Assert.Equal((Outcome.Skipped, Reasons.Busy), (busy.Outcome, busy.Reason));
        Assert.Single(bed.Requests);
        reply.SetResult("Once upon a time.");
        await chat;
        Assert.Equal(["user: Tell me a story", "assistant: Once upon a time."], await bed.ConversationAsync());
        Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
    }

    [Fact]
    public async Task H77_PauseEditAndReloadDuringARun_TheRunIsLeftToFinishAsItBegan()
    {
        await using var bed = await BeatBed.StartAsync();
        var next = await bed.NextAsync();
        var reply = new TaskCompletionSource<string>();
        bed.Client.EnqueueWhen(reply.Task);
        bed.Clock.AdvanceTo(next);
        await bed.PulseAsync();
        await bed.Client.NextAsync();

        await bed.Get<Heartbeats>().PauseAsync(bed.Profile, (string?)null, CancellationToken.None);
        bed.Checklist("");
        bed.Settings(""" "every": "2h", "model": "openai/gpt-5-nano" """);
        reply.SetResult("Looked.");
        await bed.SettleAsync();

        var finished = await bed.LastAsync();
        Assert.Equal((Outcome.Silent, "openai/gpt-5.4"), (finished.Outcome, finished.Usage.ModelAsked));
        Assert.Equal((Outcome.Skipped, Reasons.Paused), await OutcomeAsync(await bed.RunNowAsync()));
        Assert.Single(bed.Requests);
    }

    [Fact]
    public async Task H81_RunNow_ChangesNoFileOfSettings()
    {
        await using var bed = await BeatBed.StartAsync();
        var before = Files(bed);
        await bed.RunNowAsync();
        await bed.WakeAsync("Look at this");
        await bed.AtAsync(bed.Clock.GetUtcNow().AddSeconds(5));
        Assert.Equal(2, bed.Requests.Count);
        Assert.Equal(before, Files(bed));

        static string Files(BeatBed bed) => Convert.ToHexString(File.ReadAllBytes(bed.Home.SettingsFile)) + Convert.ToHexString(File.ReadAllBytes(bed.Home.AgentFile(bed.Agent)));
    }

    private static DateTimeOffset Local(AgentWork work, string zone) => TimeZoneInfo.ConvertTime(work.Slot!.Value, TimeZoneInfo.FindSystemTimeZoneById(zone));

    private static Task<(Outcome?, string?)> OutcomeAsync(AgentWork work) => Task.FromResult((work.Outcome, work.Reason));
}
