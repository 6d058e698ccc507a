using NodaTime;
using Vigil.Notify;
using Vigil.Tests.Tools.Support;
using Vigil.Tools;
using Vigil.Tools.Source;

namespace Vigil.Tests.Tools;

public sealed class SourceToolsTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task NotifyUser_GoodCall_IsAnIntentAndChangesNothing()
    {
        var result = await ToolBed.CallAsync(SourceTools.NotifyUser, new { text = "Disk at 91 %", urgency = "urgent", topic = " disk-space " });
        Assert.Equal(IntentKinds.Notify, result.Intent!.Kind);
        Assert.Equal(new NotifyIntent("Disk at 91 %", Urgency.Urgent, "disk-space"), SourceTools.ReadNotify(result.Intent));
        Assert.True(SourceTools.NotifyUser.Definition.Pure);
        Assert.False(result.EndsTurn);
    }

    [Fact]
    public async Task W45_TheResultSaysTaken_NeverThatThePersonHasIt()
    {
        var text = (await ToolBed.CallAsync(SourceTools.NotifyUser, new { text = "x" })).Text;
        Assert.StartsWith("Taken.", text, StringComparison.Ordinal);
        foreach (var claim in new[] { "delivered", "sent", "notified", "received" })
            Assert.DoesNotContain(claim, text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    public async Task W41_BlankTextIsTaken_SoThatTheGateCanAnswer(string text)
        => Assert.Equal(text, SourceTools.ReadNotify((await ToolBed.CallAsync(SourceTools.NotifyUser, new { text })).Intent!).Text);

    [Fact]
    public async Task W42_MissingTextOrUnknownUrgency_NamesTheFieldAndMeansNothing()
    {
        await RefusedAsync(new { urgency = "low" }, "'text'");
        await RefusedAsync(new { text = 5 }, "'text'");
        await RefusedAsync(new { text = "x", urgency = "critical" }, "'urgency'");
        await RefusedAsync(new { text = "x", urgency = "Urgent" }, "'urgency'");
        await RefusedAsync(new { text = "x", urgency = 2 }, "'urgency'");
        await RefusedAsync(new { text = "x", topic = 2 }, "'topic'");

        static async Task RefusedAsync(object arguments, string field)
        {
            var result = await ToolBed.CallAsync(SourceTools.NotifyUser, arguments);
            Assert.True(result.IsError);
            Assert.Contains(field, result.Text, StringComparison.Ordinal);
            Assert.Null(result.Intent);
        }
    }

    // The clock of the test stands at 09:00 in Berlin on Friday, 27 March 2026; the clocks go forward on Sunday.
    [Theory]
    [InlineData("2026-03-27T12:00:00Z", "2026-03-27T12:00:00Z")]
    [InlineData("2026-03-27T12:00:00+02:00", "2026-03-27T10:00:00Z")]
    [InlineData("2026-03-27T12:00", "2026-03-27T11:00:00Z")]
    [InlineData("2026-03-30 12:00", "2026-03-30T10:00:00Z")]
    [InlineData("2026-03-29T02:30", "2026-03-29T01:30:00Z")]
    [InlineData("10:00", "2026-03-27T09:00:00Z")]
    [InlineData("08:00", "2026-03-28T07:00:00Z")]
    [InlineData("3pm", "2026-03-27T14:00:00Z")]
    [InlineData("till 3:30 PM", "2026-03-27T14:30:00Z")]
    [InlineData("until 12am", "2026-03-27T23:00:00Z")]
    [InlineData("in 3d", "2026-03-30T08:00:00Z")]
    [InlineData("3d", "2026-03-30T08:00:00Z")]
    [InlineData("in 1h30m", "2026-03-27T09:30:00Z")]
    [InlineData("in 2 hours", "2026-03-27T10:00:00Z")]
    [InlineData("In 10 minutes", "2026-03-27T08:10:00Z")]
    [InlineData("in 1 week", "2026-04-03T08:00:00Z")]
    public async Task FollowUp_ReadableTime_IsThatInstant(string when, string expected)
    {
        var result = await ToolBed.CallAsync(SourceTools.FollowUp(_time), new { when, about = " the invoice " });
        Assert.False(result.IsError, result.Text);
        var intent = SourceTools.ReadFollowUp(result.Intent!);
        Assert.Equal(DateTimeOffset.Parse(expected, null), intent.At);
        Assert.Equal("the invoice", intent.About);
    }

    [Theory]
    [InlineData("soon", "cannot be read")]
    [InlineData("13pm", "cannot be read")]
    [InlineData("until", "cannot be read")]
    [InlineData("2026-02-30T10:00", "cannot be read")]
    [InlineData("2026-03-27T08:59", "in the past")]
    [InlineData("in 0m", "in the past")]
    [InlineData("-3d", "cannot be read")]
    [InlineData("2036-01-01T00:00", "five years")]
    [InlineData("in 9999999999999d", "cannot be read")]
    [InlineData(" ", "missing")]
    public async Task FollowUp_UnreadableTime_IsAnErrorWithAGoodValue(string when, string expected)
    {
        var result = await ToolBed.CallAsync(SourceTools.FollowUp(_time), new { when, about = "x" });
        Assert.True(result.IsError);
        Assert.Contains(expected, result.Text, StringComparison.Ordinal);
        Assert.Null(result.Intent);
    }

    [Fact]
    public async Task FollowUp_NoSubject_IsAnError() => Assert.True((await ToolBed.CallAsync(SourceTools.FollowUp(_time), new { when = "in 1d", about = " " })).IsError);

    [Fact]
    public async Task Escalate_WithAReason_EndsTheTurn()
    {
        var result = await ToolBed.CallAsync(SourceTools.Escalate, new { reason = "two invoices contradict" });
        Assert.True(result.EndsTurn);
        Assert.Equal("two invoices contradict", SourceTools.ReadEscalate(result.Intent!).Reason);
        Assert.True((await ToolBed.CallAsync(SourceTools.Escalate, new { reason = "" })).IsError);
    }

    [Fact]
    public async Task CurrentTime_AgentsZoneOrANamedOne_IsShown()
    {
        var tool = new CurrentTimeTool(_time);
        Assert.Equal("Friday, 2026-03-27 09:00:00 +01:00 (Europe/Berlin)", (await ToolBed.CallAsync(tool, new { })).Text);
        Assert.Equal("Friday, 2026-03-27 04:00:00 -04:00 (America/New_York)", (await ToolBed.CallAsync(tool, new { timezone = "America/New_York" })).Text);
        Assert.True((await ToolBed.CallAsync(tool, new { timezone = "Berlin" })).IsError);
    }
}
