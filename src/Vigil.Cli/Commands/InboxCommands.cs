using System.CommandLine;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Inbox;

namespace Vigil.Cli.Commands;

internal static class InboxCommands
{
    public static Command Create() => new ExampleCommand("inbox", "What agents said of their own accord.", "vigil inbox list", "vigil inbox read ntf_…", "vigil inbox snooze ntf_… 2h")
    {
        List(),
        Read(),
        Done(),
        Snooze(),
    };

    private static ExampleCommand List()
    {
        var agent = new Option<string?>("--agent") { Description = "Only this agent's.", HelpName = "AGENT" };
        var unread = new Option<bool>("--unread") { Description = "Only what was not read." };
        var all = new Option<bool>("--all") { Description = "Also what is done." };
        var state = new Option<string?>("--state") { Description = "posted, held, suppressed. Default: posted and held.", HelpName = "STATE" };
        var limit = new Option<int>("--limit") { Description = "How many at most.", DefaultValueFactory = _ => 30, HelpName = "N" };
        var after = new Option<string?>("--after") { Description = "The cursor that the last part ended with.", HelpName = "CURSOR" };
        var command = new ExampleCommand("list", "Notifications, unread first.", "vigil inbox list --unread", "vigil inbox list --state suppressed --json") { agent, unread, all, state, limit, after };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var query = Query.Of(("agent", parsed.GetValue(agent)), ("unread", parsed.GetValue(unread) ? "true" : null), ("done", parsed.GetValue(all) ? "true" : null),
                ("state", parsed.GetValue(state)), ("limit", parsed.GetValue(limit).ToString(null as IFormatProvider)), ("after", parsed.GetValue(after)));
            var page = await client.GetAsync<Page<NotificationView>>($"/api/inbox{query}", cancellationToken);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(page);
            if (page.Items.Count == 0)
                return Output.Line("The inbox is empty.");
            foreach (var one in page.Items)
                Print(one);
            if (page.Next is { } next)
                Output.Note($"More: add --after {next}");
            return CommandLine.Done;
        });
        return command;
    }

    private static ExampleCommand Read()
    {
        var id = new Argument<string>("notification") { Description = "Its id." };
        var command = new ExampleCommand("read", "Show one and mark it as read.", "vigil inbox read ntf_…") { id };
        command.SetAction((parsed, cancellationToken) => ActAsync(parsed, parsed.GetValue(id)!, "read", null, cancellationToken));
        return command;
    }

    private static ExampleCommand Done()
    {
        var id = new Argument<string>("notification") { Description = "Its id." };
        var command = new ExampleCommand("done", "Mark one as done; it leaves the list.", "vigil inbox done ntf_…") { id };
        command.SetAction((parsed, cancellationToken) => ActAsync(parsed, parsed.GetValue(id)!, "done", null, cancellationToken));
        return command;
    }

    private static ExampleCommand Snooze()
    {
        var id = new Argument<string>("notification") { Description = "Its id." };
        var length = new Argument<string>("for") { Description = "For how long, for example 2h." };
        var command = new ExampleCommand("snooze", "Put one away; it is unread again at its time.", "vigil inbox snooze ntf_… 2h") { id, length };
        command.SetAction((parsed, cancellationToken) => ActAsync(parsed, parsed.GetValue(id)!, "snooze", new Dictionary<string, string?> { ["for"] = parsed.GetValue(length) }, cancellationToken));
        return command;
    }

    private static async Task<int> ActAsync(ParseResult parsed, string id, string verb, object? body, CancellationToken cancellationToken)
    {
        using var client = Shared.Client(parsed);
        var one = await client.PostAsync<NotificationView>($"/api/inbox/{Uri.EscapeDataString(id)}/{verb}", body, cancellationToken);
        if (parsed.GetValue(Shared.Json))
            return Output.Json(one);
        Print(one);
        return CommandLine.Done;
    }

    private static void Print(NotificationView one)
    {
        var mark = one.SnoozedUntil is { } until ? $"snoozed until {PersonTime.Of(until)}" : one.DoneAt is not null ? "done" : one.ReadAt is not null ? "read" : "unread";
        var state = one.State == "posted" ? "" : $", {one.State} ({one.Reason}{(one.HeldUntil is { } end ? $" until {PersonTime.Of(end)}" : "")})";
        Output.Line($"{one.Id}  {PersonTime.Minutes(one.CreatedAt)}  {one.Agent}  {one.Urgency}, {mark}{state}");
        Output.Line($"  {Output.Plain(one.Text).ReplaceLineEndings("\n  ")}");
        foreach (var delivery in one.Deliveries)
            Output.Line($"  → {delivery.Target}: {delivery.State}{(delivery.Error is null ? "" : $" ({delivery.Error})")}");
    }
}
