using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.Tests.Support;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Works;

public sealed class RepeatTests
{
    private static readonly object s_gated = new { agent = "main", prompt = "Look.", notify = "gated", deliver = "owner" };

    [Fact]
    public async Task W50_W51_W54_TheSameTextInTheWindow_IsADuplicateAlsoAfterARestart_AndNotAfterIt()
    {
        FakeChannel channel = null!;
        var first = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        first.Says("Rain at five.");
        var said = await first.RunAsync(s_gated);
        await first.UntilAsync(() => first.EventsAsync("notification.delivered"), events => events.Count == 1);

        await using var host = await first.RestartAsync(TimeSpan.FromHours(2), before: host => host.More = Playing(channel));
        host.Says("Rain at five.");
        var again = await host.RunAsync(s_gated);

        Assert.Equal((Outcome.Silent, "duplicate"), (again.Outcome, again.Reason));
        Assert.Single(await host.EventsAsync("notification.suppressed"));
        Assert.Contains(said.Notifications[0], await host.WhyAsync(again.Id), StringComparison.Ordinal);
        host.Advance(TimeSpan.FromHours(23));
        host.Says("Rain at five.");
        Assert.Equal(Outcome.Spoke, (await host.RunAsync(s_gated)).Outcome);
        await channel.NextAsync();
        await channel.NextAsync();
    }

    [Theory]
    [InlineData("rain at  FIVE.", true)]
    [InlineData("Rain at five!", true)]
    [InlineData("Rain at 6.", false)]
    public async Task W52_OnlyTheFormChanged_IsADuplicate(string second, bool duplicate)
    {
        await using var host = await EngineHost.StartAsync();
        host.Says("Rain at five.");
        await host.RunAsync(s_gated);
        host.Says(second);

        Assert.Equal(duplicate ? Outcome.Silent : Outcome.Spoke, (await host.RunAsync(s_gated)).Outcome);
    }

    [Theory]
    [InlineData("At 17:30 there will be rain.", "normal", true)]
    [InlineData("At 18:30 there will be rain.", "normal", false)]
    [InlineData("At 17:30 there will be rain.", "urgent", false)]
    public async Task W53_ATopic_RepeatsOnlyWithTheSameFiguresAndNoHigherUrgency(string second, string urgency, bool duplicate)
    {
        await using var host = await EngineHost.StartAsync();
        host.Says("Rain comes at 17:30.", topic: "rain");
        await host.RunAsync(s_gated);
        host.Says(second, urgency, "rain");

        Assert.Equal(duplicate ? Outcome.Silent : Outcome.Spoke, (await host.RunAsync(s_gated)).Outcome);
    }

    [Fact]
    public async Task W55_AnUndeliverableText_MayBeSaidAgain()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        channel.Answer = _ => new SendResult.Refused("no such phone");
        host.Says("Rain at five.");
        await host.RunAsync(s_gated);
        await host.UntilAsync(() => host.EventsAsync("notification.undeliverable"), events => events.Count == 1);

        channel.Answer = _ => new SendResult.Delivered("r");
        host.Says("Rain at five.");
        var again = await host.RunAsync(s_gated);
        await host.UntilAsync(() => host.EventsAsync("notification.delivered"), events => events.Count == 1);

        Assert.Equal(Outcome.Spoke, again.Outcome);
        Assert.Equal(["Rain at five.", "Rain at five."], channel.Texts);
    }

    [Fact]
    public async Task W56_Always_WasAskedForAndIsSaidEachDay()
    {
        await using var host = await EngineHost.StartAsync();
        var report = new { agent = "main", prompt = "Report.", notify = "always" };
        host.Model.Client.Enqueue("All well.").Enqueue("All well.");

        await host.RunAsync(report);
        host.Advance(TimeSpan.FromHours(20));
        var second = await host.RunAsync(report);

        Assert.Equal(Outcome.Spoke, second.Outcome);
        Assert.Equal(2, (await host.InboxAsync()).Count);
    }

    [Fact]
    public async Task W57_TwoAgentsSayTheSame_BothAreHeard()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        host.Says("Rain at five.");
        await host.RunAsync(s_gated);
        host.Says("Rain at five.");
        await host.RunAsync(new { agent = "other", prompt = "Look.", notify = "gated", deliver = "owner" });
        await host.UntilAsync(() => host.EventsAsync("notification.delivered"), events => events.Count == 2);

        Assert.Equal(["main", "other"], channel.Sent.Select(one => one.Notification.Agent.Value).Order());
    }

    [Fact]
    public async Task W58_QuietHours_HoldWhatIsNotUrgentUntilTheyEnd()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host =>
        {
            channel = host.AddChannel();
            // The clock begins at ten in Berlin.
            host.Notify(notify => notify with { QuietHours = new HoursSettings { Start = "09:00", End = "12:00" } });
            // The person sleeps in their own zone, wherever the agent works.
            host.Agents.Change = profile => profile with { Timezone = "Asia/Tokyo" };
        });
        host.Says("Rain at five.");
        await host.RunAsync(s_gated);
        host.Says("Fire!", "urgent");
        await host.RunAsync(s_gated);
        await channel.NextAsync();

        var held = Assert.Single(await host.EventsAsync("notification.held"));
        Assert.Equal("quiet-now", held.Payload.GetProperty("reason").GetString());
        Assert.Equal(DateTimeOffset.Parse("2026-01-05T11:00:00Z", null), held.Payload.GetProperty("until").GetDateTimeOffset());
        Assert.Equal(["Fire!"], channel.Texts);
        Assert.Equal([NotificationState.Held, NotificationState.Posted], (await host.InboxAsync()).OrderBy(one => one.Text.Length).Select(one => one.State).Reverse());

        host.Advance(TimeSpan.FromHours(2));
        host.Get<DeliverySignal>().Set();
        Assert.Equal("Rain at five.", (await channel.NextAsync()).Notification.Text);
    }

    [Fact]
    public async Task W60_TheNagLimit_KeepsTheRestForADigestAndLetsTheUrgentThrough()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host =>
        {
            channel = host.AddChannel();
            host.Notify(notify => notify with { PerDay = 1, UrgentPerDay = 1 });
        });
        foreach (var (text, urgency) in new[] { ("One.", "normal"), ("Two.", "normal"), ("Three!", "urgent"), ("Four!", "urgent") })
        {
            host.Says(text, urgency);
            await host.RunAsync(s_gated);
        }
        await channel.NextAsync();
        await channel.NextAsync();

        Assert.Equal(["One.", "Three!"], channel.Texts);
        var held = (await host.InboxAsync()).Where(one => one.State == NotificationState.Held).ToList();
        Assert.Equal(["Four!", "Two."], held.Select(one => one.Text).Order());
        Assert.All(held, one => Assert.Equal("nag-limit", one.Reason));
    }

    [Fact]
    public async Task W60_ADigest_TellsEachPlaceOnlyWhatWasMeantForIt()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host =>
        {
            channel = host.AddChannel();
            host.Notify(notify => notify with
            {
                PerDay = 0,
                Channels = new Dictionary<string, IReadOnlyDictionary<string, JsonObject>> { ["fake"] = new Dictionary<string, JsonObject> { ["phone"] = [], ["team"] = [] } },
            });
        });
        host.Agents.Change = profile => profile with { Timezone = "Asia/Tokyo" };
        foreach (var (text, target) in new[] { ("The doctor called.", "fake:phone"), ("The build is red.", "fake:team"), ("The bank called.", "fake:phone") })
        {
            host.Says(text);
            await host.RunAsync(new { agent = "main", prompt = "Look.", notify = "gated", deliver = target });
            host.Advance(TimeSpan.FromMinutes(1));
        }
        // It comes at six in the evening of the person, wherever the agent works.
        host.Advance(TimeSpan.FromHours(7));
        foreach (var keeper in host.Get<IEnumerable<IHousekeeping>>().Where(one => one.Name == "digests"))
            await keeper.RunAsync(default);
        Assert.DoesNotContain(await host.InboxAsync(), one => one.Text.Contains("held back", StringComparison.Ordinal));
        host.Advance(TimeSpan.FromHours(2));
        foreach (var keeper in host.Get<IEnumerable<IHousekeeping>>().Where(one => one.Name == "digests"))
            await keeper.RunAsync(default);
        await channel.NextAsync();
        await channel.NextAsync();

        Assert.Equal(["fake:phone 2 notes held back by the daily limit:\n- The doctor called.\n- The bank called.", "fake:team 1 note held back by the daily limit:\n- The build is red."],
            channel.Sent.Select(one => $"{one.Delivery.Target} {one.Notification.Text}").Order());
    }

    [Fact]
    public async Task W60_WhatIsSuppressedAsARepeat_UsesNothingOfTheLimitUp()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host =>
        {
            channel = host.AddChannel();
            host.Notify(notify => notify with { PerDay = 2 });
        });
        host.Says("One.");
        await host.RunAsync(s_gated);
        host.Model.Client.EnqueueCall("notify_user", new Dictionary<string, object?> { ["text"] = "One." });
        host.Says("Two.");
        await host.RunAsync(s_gated);

        Assert.Equal(["One. posted", "Two. posted"], (await host.InboxAsync()).Select(one => $"{one.Text} {one.State.ToString().ToLowerInvariant()}").Order());
        await channel.NextAsync();
        await channel.NextAsync();
    }

    [Fact]
    public async Task ATarget_WhoseSettingsAreWrong_IsRefusedAtOnceWithTheReason()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        channel.Wrong = "\"url\" is missing.";
        host.Says("Rain at five.");
        await host.RunAsync(s_gated);

        var told = Assert.Single(await host.UntilAsync(() => host.EventsAsync("notification.undeliverable"), events => events.Count == 1));

        Assert.Contains("\"url\" is missing.", told.Payload.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(channel.Sent);
    }

    private static Action<IServiceCollection> Playing(FakeChannel channel)
        => services => services.AddSingleton<IChannel>(channel);
}
