using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Channels;
using Vigil.Gateway.Tests.Support;
using Vigil.Gateway.Tests.Works;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Cron;

/// <summary>Where the result of a scheduled run goes, and when.</summary>
public sealed class DeliveryTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task C40_C42_OriginIsTheChatAndThreadWhereItWasMadeInTheLetterCaseAsTyped()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        host.Model.Client.Enqueue("The report.");
        await host.AddAsync(new { every = "1h" }, more: body => (body["deliver"], body["origin"]) = ("origin", "fake:phone:ChatSeven:Topic9"));
        await host.PulseAsync(s_hour);
        var sent = await channel.NextAsync();
        Assert.Equal(("ChatSeven", "Topic9", "The report."), (sent.Chat, sent.Thread, sent.Notification.Text));
    }

    [Fact]
    public async Task C42_ATargetWithoutAThreadAndOneThatNobodyKnows()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        foreach (var wrong in new[] { "fake", "fake:nobody", "Fake:phone:ChatSeven", ":phone" })
        {
            var (status, body) = await host.PostAsync("/api/cron", new { name = "x", prompt = "p", schedule = new { every = "1h" }, deliver = wrong });
            Assert.Equal((400, "target_unknown"), (status, body.GetProperty("error").Text("code")));
            Assert.Contains("Known: inbox, owner, origin, none, fake:phone.", body.GetProperty("error").Text("message"), StringComparison.Ordinal);
        }
        host.Model.Client.Enqueue("The report.");
        await host.AddAsync(new { every = "1h" }, more: body => body["deliver"] = "fake:phone:ChatSeven");
        await host.PulseAsync(s_hour);
        var sent = await channel.NextAsync();
        Assert.Equal(("ChatSeven", null), (sent.Chat, sent.Thread));
    }

    [Fact]
    public async Task C43_AWebhookIsOneSignedPostAndOnlyA2xxIsAReceipt()
    {
        var answers = new Queue<int>([500, 200]);
        var posts = new List<(string Delivery, string Timestamp, string Signature, byte[] Body)>();
        await using var receiver = await ReceiverAsync(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var headers = context.Request.Headers;
            posts.Add((headers["Idempotency-Key"]!, headers["X-Vigil-Timestamp"]!, headers["X-Vigil-Signature"]!, body.ToArray()));
            context.Response.StatusCode = answers.Dequeue();
        });
        await using var host = await EngineHost.StartAsync(before: host => Webhooks(host, receiver, allowPrivate: true));
        host.Model.Client.Enqueue("The report.");
        await host.AddAsync(new { every = "1h" }, more: body => body["deliver"] = "webhook:phone:Room:Topic");
        await host.PulseAsync(s_hour);
        await StateAsync(host, "waiting", attempts: 1);
        Assert.Empty(await host.EventsAsync("notification.delivered"));
        await AgainAsync(host, "delivered");

        Assert.Equal(2, posts.Count);
        Assert.Single(posts.Select(post => post.Delivery).Distinct());
        foreach (var post in posts)
        {
            byte[] signed = [.. Encoding.UTF8.GetBytes(post.Timestamp + "."), .. post.Body];
            Assert.Equal("v1=" + Convert.ToHexStringLower(HMACSHA256.HashData("s3cret"u8, signed)), post.Signature);
        }
        var said = JsonDocument.Parse(posts[0].Body).RootElement;
        Assert.Equal(("The report.", "Room", "Topic"), (said.Text("text"), said.Text("chat"), said.Text("thread")));
    }

    [Fact]
    public async Task C43_A2xxIsAReceiptAlsoWhenTheReceiverHangsInTheWordsAfterIt()
    {
        var posts = 0;
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var receiver = await ReceiverAsync(async context =>
        {
            posts++;
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("tak");
            await context.Response.Body.FlushAsync();
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var host = await EngineHost.StartAsync(before: host => Webhooks(host, receiver, allowPrivate: true));
        host.Model.Client.Enqueue("The report.");
        await host.AddAsync(new { every = "1h" }, more: body => body["deliver"] = "webhook:phone");
        await host.PulseAsync(s_hour);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        await StateAsync(host, "delivered", null, 1, TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, posts);
    }

    [Fact]
    public async Task C43_APrivateAddressIsRefusedUnlessItIsAllowed()
    {
        var asked = false;
        await using var receiver = await ReceiverAsync(_ =>
        {
            asked = true;
            return Task.CompletedTask;
        });
        await using var host = await EngineHost.StartAsync(before: host => Webhooks(host, receiver, allowPrivate: false));
        host.Model.Client.Enqueue("The report.");
        await host.AddAsync(new { every = "1h" }, more: body => body["deliver"] = "webhook:phone");
        await host.PulseAsync(s_hour);
        await StateAsync(host, "undeliverable");
        Assert.False(asked);
    }

    [Fact]
    public async Task C44_C45_OneTargetIsDownTheOtherIsReachedOnceAndTheRunCountsAsGood()
    {
        FakeChannel down = null!;
        FakeChannel sound = null!;
        await using var host = await EngineHost.StartAsync(before: host =>
        {
            down = host.AddChannel("down");
            var first = host.Settings.Current.Notify.Channels;
            sound = host.AddChannel("sound");
            host.Notify(notify => notify with
            {
                Channels = new Dictionary<string, IReadOnlyDictionary<string, JsonObject>>(first) { ["sound"] = new Dictionary<string, JsonObject> { ["phone"] = [] } },
            });
        });
        down.Answer = _ => new SendResult.Failed("no line");
        host.Model.Client.Enqueue("The report.");
        await host.AddAsync(new { every = "1h" }, more: body => body["deliver"] = new JsonArray("down:phone", "sound:phone"));
        await host.PulseAsync(s_hour);
        await StateAsync(host, "waiting", "down:phone", attempts: 1);
        await StateAsync(host, "delivered", "sound:phone");
        await host.PulseAsync(TimeSpan.FromSeconds(1));

        var run = Assert.Single(await host.HistoryAsync());
        Assert.Equal("spoke", run.Text("outcome"));
        Assert.Equal(0, (await host.ShowAsync()).GetProperty("failures").GetInt32());
        Assert.Equal("sound:phone", Assert.Single(await host.EventsAsync("notification.delivered")).Payload.Text("target"));

        down.Answer = _ => new SendResult.Delivered("r2");
        await AgainAsync(host, "delivered", "down:phone");
        Assert.Single(sound.Sent);
        Assert.Single(host.Model.Client.Requests);
        Assert.Equal(2, (await host.EventsAsync("notification.delivered")).Count);
    }

    [Fact]
    public async Task C45_AChannelThatRefusesForGoodDoesNotMoveTheFailureStreak()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        channel.Answer = _ => new SendResult.Refused("no such chat");
        host.Model.Client.Enqueue("The report.");
        await host.AddAsync(new { every = "1h" });
        await host.PulseAsync(s_hour);
        await StateAsync(host, "undeliverable");
        await host.PulseAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(("spoke", 0), (Assert.Single(await host.HistoryAsync()).Text("outcome"), (await host.ShowAsync()).GetProperty("failures").GetInt32()));
        Assert.Empty(await host.EventsAsync("notification.delivered"));
    }

    [Fact]
    public async Task C48_UnderPolicySilentTheToolSaysThatNothingIsSentAndTheTextStaysReadable()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host => channel = host.AddChannel());
        host.Says("The secret plan.", reply: "Noted.");
        await host.AddAsync(new { every = "1h" }, more: body => body["notify"] = "silent");
        await host.PulseAsync(s_hour);
        var work = Assert.Single(await host.EndedAsync(1));
        Assert.Equal(Outcome.Silent, work.Outcome);
        Assert.Empty(await host.InboxAsync());
        Assert.Empty(channel.Sent);
        var told = host.Model.Client.Requests[1].Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Last().Result!.ToString();
        Assert.StartsWith("Not sent: this work is silent.", told, StringComparison.Ordinal);
        var run = Assert.Single(await host.HistoryAsync());
        Assert.Equal("Noted.", run.Text("reply"));
        Assert.Contains("The secret plan.", (await host.Http.GetFromJsonElementAsync($"/api/work/{run.Text("work")}")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task C51_QuietHoursHoldWhatIsGatedAndLetPassWhatWasAskedFor()
    {
        FakeChannel channel = null!;
        await using var host = await EngineHost.StartAsync(before: host =>
        {
            channel = host.AddChannel();
            host.Notify(notify => notify with { QuietHours = new HoursSettings { Start = "10:30", End = "12:30" } });
        });
        host.Model.Client.Enqueue("The tea is ready.");
        await host.AddAsync(new { at = "in 1h" }, "tea");
        await host.PulseAsync(s_hour);
        Assert.Equal("The tea is ready.", (await channel.NextAsync()).Notification.Text);

        host.Says("By the way.");
        await host.AddAsync(new { at = "in 1m" }, "aside", body => body["notify"] = "gated");
        await host.PulseAsync(TimeSpan.FromMinutes(1));
        await host.EndedAsync(2);
        var held = Assert.Single(await host.InboxAsync(), note => note.Text == "By the way.");
        Assert.Equal(NotificationState.Held, held.State);
        Assert.Equal("held", Assert.Single(Assert.Single(await host.HistoryAsync("aside")).GetProperty("deliveries").EnumerateArray()).Text("state"));
        Assert.Single(channel.Sent);

        host.Advance(TimeSpan.FromMinutes(90));
        host.Get<DeliverySignal>().Set();
        Assert.Equal("By the way.", (await channel.NextAsync()).Notification.Text);
    }

    private static Task StateAsync(EngineHost host, string state, string? target = null, int attempts = 0) => StateAsync(host, state, target, attempts, TimeSpan.Zero);

    // The wait before the next try begins when the first answer is written, which tells nobody.
    private static Task AgainAsync(EngineHost host, string state, string? target = null) => StateAsync(host, state, target, 0, TimeSpan.FromMinutes(1));

    // A send that failed is no event: the row is all that tells.
    private static async Task StateAsync(EngineHost host, string state, string? target, int attempts, TimeSpan step)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!(await host.InboxAsync()).SelectMany(note => note.Deliveries).Any(delivery => delivery.State.ToString().Equals(state, StringComparison.OrdinalIgnoreCase)
            && (target is null || delivery.Target == target) && delivery.Attempts >= attempts))
        {
            host.Advance(step);
            host.Get<DeliverySignal>().Set();
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }
    }

    private static void Webhooks(EngineHost host, WebApplication receiver, bool allowPrivate)
    {
        host.More += services => services.AddVigilChannels();
        var phone = new JsonObject { ["url"] = receiver.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(), ["secret"] = "env:HOOK", ["allowPrivate"] = allowPrivate };
        host.Notify(notify => notify with
        {
            Owner = ["webhook:phone"],
            Channels = new Dictionary<string, IReadOnlyDictionary<string, JsonObject>> { ["webhook"] = new Dictionary<string, JsonObject> { ["phone"] = phone } },
        });
    }

    private static async Task<WebApplication> ReceiverAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return app;
    }
}
