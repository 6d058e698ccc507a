using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Models;
using Vigil.Sessions;
using Vigil.Work;

namespace Vigil.Gateway.Tests.Heartbeat;

/// <summary>What a beat leaves in the conversation of the agent and its person.</summary>
public sealed class AfterBeatTests
{
    [Theory]
    [InlineData("light")]
    [InlineData("main")]
    [InlineData("isolated")]
    public async Task H67_TwentySilentBeats_ConversationAndNextChatHaveNothingOfThem(string mode)
    {
        await using var bed = await BeatBed.StartAsync($$""" "every": "30m", "context": "{{mode}}" """);
        bed.Client.Answer = request => [new TextContent(request.LastUserText.Contains("Heartbeat.", StringComparison.Ordinal) ? "Nothing to report from the mail." : "Hello to you.")];
        for (var i = 0; i < 20; i++)
            Assert.Equal(Outcome.Silent, (await bed.BeatAsync()).Outcome);
        Assert.Empty(await bed.ConversationAsync());

        var request = await bed.ChatAsync("Hello there");

        Assert.Equal(21, bed.Requests.Count);
        Assert.Single(request.Messages, message => message.Role != ChatRole.System);
        Assert.DoesNotContain("Nothing to report", BeatBed.TextOf(request));
        Assert.DoesNotContain("Due checks", BeatBed.TextOf(request));
        Assert.Equal(["user: Hello there", "assistant: Hello to you."], await bed.ConversationAsync());
    }

    [Fact]
    public async Task H69_FailedAndSuppressedBeats_LeaveNoOrphanInTheNextChat()
    {
        await using var bed = await BeatBed.StartAsync();
        Tell(bed, "The rent is due.");
        Assert.Equal(Outcome.Spoke, (await bed.BeatAsync()).Outcome);
        Tell(bed, "The rent is due.");
        var repeat = await bed.BeatAsync();
        Assert.Equal((Outcome.Silent, Reasons.Duplicate), (repeat.Outcome, repeat.Reason));
        bed.Client.EnqueueCall("read_file", new Dictionary<string, object?> { ["path"] = "HEARTBEAT.md" });
        bed.Client.EnqueueFailure(ModelFailureKind.Auth);
        Assert.Equal(Outcome.Failed, (await bed.BeatAsync()).Outcome);

        var request = await bed.ChatAsync("Which rent?");

        var carried = request.Messages.Where(message => message.Role != ChatRole.System).ToList();
        Assert.Equal(["The rent is due."], carried.Where(message => message.Role == ChatRole.Assistant).Select(message => message.Text));
        Assert.Contains("Which rent?", Assert.Single(carried, message => message.Role == ChatRole.User).Text);
        Assert.DoesNotContain(carried, message => message.Role == ChatRole.Tool);
    }

    [Fact]
    public async Task H70_ADayOfBeats_TheConversationIsAsOldAsThePersonsLastWord()
    {
        await using var bed = await BeatBed.StartAsync(""" "every": "30m", "quietAfterMessage": "40m" """);
        await bed.ChatAsync("Good night");
        var spokenAt = bed.Clock.GetUtcNow();
        for (var i = 0; i < 48; i++)
        {
            // Every fourth one says something new.
            if (i % 4 == 3)
                Tell(bed, $"Mail number {i} has come.");
            await bed.BeatAsync();
        }

        var session = await bed.Get<ISessionStore>().GetAsync(SessionKey.Main(bed.Agent), CancellationToken.None);
        Assert.Equal(spokenAt, session!.PersonAt);
        // Had a beat counted as the person's word, the slot after it would have been skipped as busy.
        Assert.InRange((await bed.WorksAsync()).Count(work => work.Reason == Reasons.Busy), 1, 2);
        Assert.Contains(await bed.WorksAsync(), work => work.Outcome == Outcome.Spoke);
    }

    private static void Tell(BeatBed bed, string text)
    {
        bed.Client.EnqueueCall("notify_user", new Dictionary<string, object?> { ["text"] = text });
        bed.Client.Enqueue("Told.");
    }
}
