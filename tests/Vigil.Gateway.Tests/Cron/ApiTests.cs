using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;
using Vigil.Keys;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Cron;

public sealed class ApiTests
{
    [Fact]
    public async Task C2_C21_TheAnswerHasIdWordsZoneAndTheNextFiveInstants()
    {
        await using var host = await EngineHost.StartAsync();
        var added = await host.AddAsync(new { cron = "30 10 * * mon-fri" });
        Assert.StartsWith("sch_", added.Text("id"), StringComparison.Ordinal);
        Assert.Equal("at 10:30 on Monday to Friday, Europe/Berlin time", added.Text("words"));
        Assert.Equal("Europe/Berlin", added.Text("zone"));
        Assert.Equal(5, added.GetProperty("next").GetArrayLength());
        var first = added.GetProperty("next")[0];
        Assert.Equal(("Mon 2026-01-05 10:30", "+01:00", "2026-01-05T09:30:00Z"), (first.Text("local"), first.Text("offset"), first.Text("utc")));
        Assert.Equal(JsonValueKind.Null, added.GetProperty("tools").ValueKind);
    }

    [Fact]
    public async Task C25_AllThatIsWrongIsToldTogetherAndNothingIsStored()
    {
        await using var host = await EngineHost.StartAsync();
        var (status, body) = await host.PostAsync("/api/cron", new
        {
            schedule = new { every = "5s", timezone = "Europe/Berlin" },
            model = "nowhere/model",
            tools = new[] { "fly" },
            deliver = new[] { "pigeon:bob", "origin" },
            deadline = "soon",
        });
        Assert.Equal(400, status);
        var fields = body.GetProperty("details").EnumerateArray().Select(detail => detail.Text("field")).ToHashSet();
        Assert.Superset(new HashSet<string> { "name", "prompt", "schedule.every", "schedule.timezone", "model", "tools", "deliver", "deadline" }, fields);
        var message = body.GetProperty("error").Text("message");
        Assert.Contains("the shortest is 10s", message, StringComparison.Ordinal);
        Assert.Contains("no tool 'fly'", message, StringComparison.Ordinal);
        Assert.Contains("'pigeon:bob' is no delivery target", message, StringComparison.Ordinal);
        Assert.Equal(0, (await host.Http.GetFromJsonElementAsync("/api/cron?all=true")).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("61 * * * *", "minute, column 1: 61 is out of range")]
    [InlineData("0 9 * *", "column")]
    [InlineData("@reboot", "@reboot")]
    public async Task C23_C24_ABadExpressionIsRefusedWithFieldAndColumn(string cron, string said)
    {
        await using var host = await EngineHost.StartAsync();
        var (status, body) = await host.PostAsync("/api/cron", new { name = "x", prompt = "p", schedule = new { cron } });
        Assert.Equal(400, status);
        Assert.Contains(said, body.GetProperty("error").Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task C4_AnAtThatHasPassedIsRefusedWithInstantAndPresentTime()
    {
        await using var host = await EngineHost.StartAsync();
        var (status, body) = await host.PostAsync("/api/cron", new { name = "x", prompt = "p", schedule = new { at = "2026-01-05T09:58" } });
        Assert.Equal(400, status);
        Assert.Contains("it is now Mon 2026-01-05 10:00 +01:00", body.GetProperty("error").Text("message"), StringComparison.Ordinal);
        host.Model.Client.Enqueue("Just in time.");
        await host.AddAsync(new { at = "2026-01-05T09:59:30" });
        await host.PulseAsync();
        Assert.Equal(Outcome.Spoke, Assert.Single(await host.EndedAsync(1)).Outcome);
    }

    [Fact]
    public async Task C22_APreviewStoresNothingAndCallsNoModel()
    {
        await using var host = await EngineHost.StartAsync();
        var preview = await host.Http.GetFromJsonElementAsync("/api/cron/next?cron=30+2+*+*+*&timezone=Europe/Berlin&from=2026-03-28T00:00:00Z&count=3");
        Assert.Equal(["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"], preview.GetProperty("next").EnumerateArray().Select(slot => slot.Text("utc")));
        Assert.Equal(0, (await host.Http.GetFromJsonElementAsync("/api/cron?all=true")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task C12_AWordFiresAsInCrontabAndIsShownAsItWasTyped()
    {
        await using var host = await EngineHost.StartAsync();
        foreach (var (word, next) in new[]
        {
            ("@hourly", "2026-01-05T10:00:00Z"), ("@daily", "2026-01-05T23:00:00Z"), ("@midnight", "2026-01-05T23:00:00Z"), ("@weekly", "2026-01-10T23:00:00Z"),
            ("@monthly", "2026-01-31T23:00:00Z"), ("@yearly", "2026-12-31T23:00:00Z"), ("@annually", "2026-12-31T23:00:00Z"),
        })
        {
            var added = await host.AddAsync(new { cron = word }, word);
            Assert.Equal((word, next), (added.GetProperty("schedule").Text("cron"), added.GetProperty("next")[0].Text("utc")));
        }
        var listed = (await host.Http.GetFromJsonElementAsync("/api/cron")).GetProperty("items").EnumerateArray();
        Assert.All(listed, one => Assert.Equal(one.Text("name"), one.GetProperty("schedule").Text("cron")));
    }

    [Fact]
    public async Task C37_AToolThatTheAgentDoesNotHaveIsRefused()
    {
        await using var host = await EngineHost.StartAsync();
        host.Agents.Change = profile => profile with { Tools = profile.Tools with { Deny = ["web_fetch"] } };
        foreach (var tool in new[] { "web_fetch", "shell", "schedule" })
        {
            var (status, body) = await host.PostAsync("/api/cron", new { name = "x", prompt = "p", schedule = new { every = "1h" }, tools = new[] { "current_time", tool } });
            Assert.Equal((400, "tool_unknown"), (status, body.GetProperty("error").Text("code")));
            Assert.Contains($"no tool '{tool}'", body.GetProperty("error").Text("message"), StringComparison.Ordinal);
        }
        Assert.Equal(0, (await host.Http.GetFromJsonElementAsync("/api/cron?all=true")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task C26_ANameIsTakenOnlyWithinItsAgent()
    {
        await using var host = await EngineHost.StartAsync();
        await host.AddAsync(new { every = "1h" }, "heartbeat");
        var (status, _) = await host.PostAsync("/api/cron", new { name = "heartbeat", prompt = "p", agent = "main", schedule = new { every = "1h" } });
        Assert.Equal(409, status);
        await host.AddAsync(new { every = "1h" }, "heartbeat", body => body["agent"] = "other");
    }

    [Fact]
    public async Task C32_C40_C42_SessionsOfOthersOriginsWithoutAChatAndUnknownTargetsAreRefused()
    {
        await using var host = await EngineHost.StartAsync();
        foreach (var (field, value, code) in new[] { ("session", "agent:other:main", "session_of_another_agent"), ("deliver", "origin", "origin_unknown"), ("deliver", "fax:me", "target_unknown") })
        {
            var (status, body) = await host.PostAsync("/api/cron", new JsonObject { ["name"] = "x", ["prompt"] = "p", ["schedule"] = new JsonObject { ["every"] = "1h" }, [field] = value });
            Assert.Equal((400, code), (status, body.GetProperty("error").Text("code")));
        }
    }

    [Fact]
    public async Task C35_C67_HistoryShowsPlannedAndRealTimesModelsCostAndOutcome()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.ModelId = "other-model";
        host.Model.Client.Enqueue("The report.");
        await host.AddAsync(new { every = "1h" }, more: body => body["model"] = "scripted/special");
        await host.PulseAsync(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(3));
        await host.EndedAsync(1);
        var run = Assert.Single(await host.HistoryAsync());
        Assert.Equal("2026-01-05T10:00:00+00:00", run.Text("planned"));
        Assert.Equal("2026-01-05T10:00:03+00:00", run.Text("startedAt"));
        Assert.Equal(("spoke", 1), (run.Text("outcome"), run.GetProperty("attempt").GetInt32()));
        var model = run.GetProperty("model");
        Assert.Equal(("scripted/special", "scripted/other-model", true), (model.Text("asked"), model.Text("used"), model.GetProperty("mismatch").GetBoolean()));
        Assert.Equal(10, run.GetProperty("usage").GetProperty("inputTokens").GetInt64());
    }

    [Fact]
    public async Task C68_RunByHandIsOneExtraWorkAndMovesNothing()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.EnqueueFailure(Vigil.Models.ModelFailureKind.Auth).Enqueue("Done.");
        var added = await host.AddAsync(new { every = "1h" });
        var (status, work) = await host.PostAsync("/api/cron/report/run");
        Assert.Equal(202, status);
        Assert.Equal(Outcome.Failed, Assert.Single(await host.EndedAsync(1)).Outcome);
        await host.PulseAsync(TimeSpan.FromSeconds(1));
        var after = await host.ShowAsync();
        Assert.Equal(added.GetProperty("nextAt").GetDateTimeOffset(), after.GetProperty("nextAt").GetDateTimeOffset());
        Assert.Equal(0, after.GetProperty("failures").GetInt32());
        Assert.Equal(work.Text("id"), Assert.Single(await host.HistoryAsync()).Text("work"));

        await host.PostAsync("/api/cron/report/disable");
        Assert.Equal(409, (await host.PostAsync("/api/cron/report/run")).Status);
        Assert.Equal(202, (await host.PostAsync("/api/cron/report/run", new { force = true })).Status);
        await host.EndedAsync(2);
        Assert.Equal("disabled", (await host.ShowAsync()).Text("state"));
    }

    [Fact]
    public async Task C69_AnEditDuringARunChangesTheNextSlotAlone()
    {
        await using var host = await EngineHost.StartAsync();
        var end = new TaskCompletionSource<string>();
        host.Model.Client.EnqueueWhen(end.Task).Enqueue("Second.");
        await host.AddAsync(new { every = "1h" });
        await host.PulseAsync(TimeSpan.FromHours(1));
        await host.Model.Client.NextAsync();
        await PatchAsync(host, new { prompt = "Something else." });
        end.SetResult("First.");
        await host.EndedAsync(1);
        await host.PulseAsync(TimeSpan.FromHours(1));
        await host.EndedAsync(2);
        Assert.Equal(2, host.Model.Client.Requests.Count);
        Assert.Contains("Do the report.", host.Model.Client.Requests[0].LastUserText, StringComparison.Ordinal);
        Assert.Contains("Something else.", host.Model.Client.Requests[1].LastUserText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task C70_AnEditOfThePromptKeepsTheSlotsAndAnInvalidOneLeavesTheOldSchedule()
    {
        await using var host = await EngineHost.StartAsync();
        var added = await host.AddAsync(new { every = "1h" });
        host.Clock.Advance(TimeSpan.FromMinutes(10));
        var edited = await PatchAsync(host, new { prompt = "Else." });
        Assert.Equal(added.GetProperty("nextAt").GetDateTimeOffset(), edited.Body.GetProperty("nextAt").GetDateTimeOffset());
        Assert.Equal(400, (await PatchAsync(host, new { schedule = new { cron = "99 * * * *" } })).Status);
        Assert.Equal("1h", (await host.ShowAsync()).GetProperty("schedule").Text("every"));
        var moved = await PatchAsync(host, new { schedule = new { every = "20m" } });
        Assert.Equal("2026-01-05T09:30:00Z", moved.Body.GetProperty("next")[0].Text("utc"));
    }

    [Fact]
    public async Task C70_AnEditOfTheTimeAloneStaysInTheZoneOfTheSchedule()
    {
        await using var host = await EngineHost.StartAsync();
        await host.AddAsync(new { cron = "0 7 * * *", timezone = "Asia/Tokyo" });
        async Task<string> WordsAsync(object schedule) => (await PatchAsync(host, new { schedule })).Body.Text("words");
        Assert.Equal("at 09:00 every day, Asia/Tokyo time", await WordsAsync(new { cron = "0 9 * * *" }));
        Assert.Equal("at 09:00 every day, America/New_York time", await WordsAsync(new { timezone = "America/New_York" }));
        Assert.Equal("at 09:00 every day, Europe/Berlin time", await WordsAsync(new { timezone = (string?)null }));
        Assert.Equal("every 2 hours", await WordsAsync(new { every = "2h" }));
        Assert.Equal(400, (await PatchAsync(host, new { schedule = new { timezone = "Asia/Tokyo" } })).Status);
    }

    [Fact]
    public async Task C71_EnabledAgainItGoesOnFromNowAndRemovedItsHistoryStays()
    {
        await using var host = await EngineHost.StartAsync();
        host.Model.Client.Enqueue("Done.");
        var id = (await host.AddAsync(new { every = "1h" })).Text("id");
        await host.PostAsync("/api/cron/report/disable");
        await host.PulseAsync(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(30));
        var (_, enabled) = await host.PostAsync("/api/cron/report/enable");
        Assert.Equal(new DateTimeOffset(2026, 1, 6, 10, 0, 0, TimeSpan.Zero), enabled.GetProperty("nextAt").GetDateTimeOffset());
        await host.PulseAsync(TimeSpan.FromMinutes(30));
        await host.EndedAsync(1);
        Assert.Equal(HttpStatusCode.NoContent, (await host.Http.DeleteAsync($"/api/cron/{id}")).StatusCode);
        await host.PulseAsync(TimeSpan.FromHours(5));
        Assert.Single(await host.WorksAsync());
        Assert.Equal("spoke", Assert.Single(await host.HistoryAsync(id)).Text("outcome"));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync($"/api/cron/{id}")).StatusCode);
    }

    [Fact]
    public async Task Schedules_OfOtherAgents_AreNotThereForALimitedKey()
    {
        await using var host = await EngineHost.StartAsync();
        var id = (await host.AddAsync(new { every = "1h" }, "theirs", body => body["agent"] = "other")).Text("id");
        await host.AddAsync(new { every = "1h" }, "mine");
        using var limited = await host.WithKeyAsync(KeyScopes.Admin, "main");
        foreach (var path in new[] { $"/api/cron/{id}", "/api/cron/theirs", $"/api/cron/{id}/history", $"/api/cron/{id}/next", "/api/cron?agent=other" })
            Assert.Equal(HttpStatusCode.NotFound, (await limited.GetAsync(path)).StatusCode);
        Assert.Equal("mine", (await limited.GetFromJsonElementAsync("/api/cron")).GetProperty("items").EnumerateArray().Single().Text("name"));
        using var added = await limited.PostAsJsonAsync("/api/cron", new { name = "implied", prompt = "p", schedule = new { every = "1h" } });
        Assert.Equal("main", (await added.Content.ReadFromJsonAsync<JsonElement>()).Text("agent"));
        using var refused = await limited.PostAsJsonAsync("/api/cron", new { name = "x", agent = "other", prompt = "p", schedule = new { every = "1h" } });
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    [Fact]
    public async Task Schedules_ListPagesAndUnknownNames_ShowNearOnes()
    {
        await using var host = await EngineHost.StartAsync();
        for (var i = 0; i < 5; i++)
            await host.AddAsync(new { every = "1h" }, $"report{i}");
        var names = new List<string>();
        string? after = null;
        do
        {
            var page = await host.Http.GetFromJsonElementAsync($"/api/cron?limit=2{(after is null ? "" : $"&after={after}")}");
            names.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.Text("name")));
            after = page.GetProperty("next").GetString();
        }
        while (after is not null);
        Assert.Equal(["report0", "report1", "report2", "report3", "report4"], names.Order());
        var missing = await (await host.Http.GetAsync("/api/cron/raport1")).ErrorAsync(HttpStatusCode.NotFound, "schedule_not_found");
        Assert.Equal("Did you mean 'report1'?", missing.Text("hint"));
    }

    [Fact]
    public async Task Schedules_WhoseZoneHasLeftTheRules_AreDisabledAndTakeANewTime()
    {
        await using var host = await EngineHost.StartAsync();
        var id = (await host.AddAsync(new { cron = "0 11 * * *" })).Text("id");
        await host.Get<Vigil.Cron.IScheduleStore>().ChangeAsync(id, schedule => schedule with { When = schedule.When with { Zone = "Europe/Atlantis" } }, _ => new(host.Clock.GetUtcNow(), "test", "test"), default);
        await host.PulseAsync(TimeSpan.FromHours(1));
        Assert.Equal(("disabled", "auto-disabled"), ((await host.ShowAsync()).Text("state"), (await host.ShowAsync()).Text("disabledReason")));
        Assert.Contains("Europe/Atlantis", Assert.Single(await host.InboxAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(409, (await host.PostAsync("/api/cron/report/enable")).Status);
        Assert.Equal(409, (await PatchAsync(host, new { prompt = "Else." })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await host.Http.GetAsync("/api/cron/report/next")).StatusCode);
        Assert.Equal(200, (await PatchAsync(host, new { schedule = new { cron = "0 11 * * *", timezone = "Europe/Berlin" } })).Status);
        var (status, enabled) = await host.PostAsync("/api/cron/report/enable");
        Assert.Equal((200, "waiting"), (status, enabled.Text("state")));
    }

    private static async Task<(int Status, JsonElement Body)> PatchAsync(EngineHost host, object body)
    {
        using var response = await host.Http.PatchAsJsonAsync("/api/cron/report", body);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }
}
