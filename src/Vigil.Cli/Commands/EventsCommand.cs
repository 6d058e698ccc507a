using System.CommandLine;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Spectre.Console;
using Vigil.Cli.Client;
using Vigil.Cli.Terminal;
using Vigil.Errors;
using Vigil.Events;

namespace Vigil.Cli.Commands;

internal static class EventsCommand
{
    private static readonly TimeSpan s_reconnect = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what comes, until interrupted." };
        var after = new Option<long?>("--after") { Description = "Begin after this event id. With --follow the default is now, else the newest 50.", HelpName = "ID" };
        var type = new Option<string?>("--type") { Description = "Only types that begin so, for example work. or notification.posted.", HelpName = "TYPE" };
        var agent = new Option<string?>("--agent") { Description = "Only this agent's.", HelpName = "AGENT" };
        var limit = new Option<int>("--limit") { Description = "How many at most, without --follow.", DefaultValueFactory = _ => 50, HelpName = "N" };
        var command = new ExampleCommand(
            "events", "What happened: the gateway's append-only log.", "vigil events", "vigil events --follow --type work.", "vigil events --after 0 --json")
        {
            follow, after, type, agent, limit,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var filter = Query(parsed.GetValue(type), parsed.GetValue(agent));
            var json = parsed.GetValue(Shared.Json);
            return parsed.GetValue(follow)
                ? await FollowAsync(client, parsed.GetValue(after), filter, json, cancellationToken)
                : await ListAsync(client, parsed.GetValue(after), parsed.GetValue(limit), filter, json, cancellationToken);
        });
        return command;
    }

    private static async Task<int> ListAsync(GatewayClient client, long? after, int limit, string filter, bool json, CancellationToken cancellationToken)
    {
        var page = after is { } from ? await ReadAsync(client, from, limit, filter, cancellationToken) : new Page<VigilEvent>(await NewestAsync(client, limit, filter, cancellationToken), null);
        if (json)
            return Output.Json(page);
        foreach (var one in page.Items)
            Print(one);
        return CommandLine.Done;
    }

    private static async Task<Page<VigilEvent>> ReadAsync(GatewayClient client, long after, int limit, string filter, CancellationToken cancellationToken)
    {
        var found = new List<VigilEvent>();
        var next = after.ToString(CultureInfo.InvariantCulture);
        // A filter makes short parts: the gateway looks at a stretch of the log at a time.
        do
        {
            using var response = await client.OpenAsync(HttpMethod.Get, $"/api/events?after={next}&limit={limit - found.Count}{filter}", "application/json", cancellationToken);
            var page = JsonSerializer.Deserialize<Page<VigilEvent>>(await response.Content.ReadAsStringAsync(cancellationToken), JsonSerializerOptions.Web)!;
            found.AddRange(page.Items);
            next = page.Next;
        }
        while (next is not null && found.Count < limit);
        return new Page<VigilEvent>(found, next);
    }

    /// <summary>The log is read forwards alone. With a filter the newest that fit may lie far back: longer and longer stretches are looked at, from the end.</summary>
    private static async Task<IReadOnlyList<VigilEvent>> NewestAsync(GatewayClient client, int limit, string filter, CancellationToken cancellationToken)
    {
        var log = (await client.GetAsync<Gateway.Admin.GatewayStatus>("/api/status", cancellationToken)).Events;
        var first = Math.Max(0, log.Oldest - 1);
        for (var reach = (long)limit; ; reach *= 8)
        {
            var start = Math.Max(first, log.Newest - reach);
            var found = new List<VigilEvent>();
            for (string? next = start.ToString(CultureInfo.InvariantCulture); next is not null;)
            {
                var page = await ReadAsync(client, long.Parse(next, CultureInfo.InvariantCulture), limit, filter, cancellationToken);
                found.AddRange(page.Items);
                // What lies before the last of them is not asked for.
                found.RemoveRange(0, Math.Max(0, found.Count - limit));
                next = page.Next;
            }
            if (found.Count == limit || start == first)
                return found;
        }
    }

    /// <summary>A lost connection is taken up again after the last event that was printed: none is missed and none comes twice.</summary>
    private static async Task<int> FollowAsync(GatewayClient client, long? after, string filter, bool json, CancellationToken cancellationToken)
    {
        var position = after;
        var lost = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var start = position is null ? "" : $"&after={position}";
                using var response = await client.OpenAsync(HttpMethod.Get, $"/api/events?limit=1{start}{filter}", "text/event-stream", cancellationToken);
                lost = false;
                await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
                var parser = SseParser.Create(body);
                await foreach (var item in parser.EnumerateAsync(cancellationToken))
                {
                    if (item.EventType == "gap")
                        Output.Note($"Some events are no longer kept: {item.Data}");
                    else
                        Print(item.Data, json);
                    if (long.TryParse(parser.LastEventId, out var id))
                        position = id;
                }
                if (long.TryParse(parser.LastEventId, out var last))
                    position = last;
            }
            catch (FaultException fault) when (lost && fault.Fault.Kind == FaultKind.Unavailable)
            {
                // Still away: the loop waits and asks again.
            }
            catch (Exception problem) when (problem is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
            {
                // The connection broke; handled like an end below.
            }
            if (!lost)
                Output.Note("The connection ended; waiting for the gateway.");
            lost = true;
            await Task.Delay(s_reconnect, TimeProvider.System, cancellationToken);
        }
        return CommandLine.Done;
    }

    private static string Query(string? type, string? agent)
        => (type is null ? "" : $"&type={Uri.EscapeDataString(type)}") + (agent is null ? "" : $"&agent={Uri.EscapeDataString(agent)}");

    private static void Print(string text, bool json)
    {
        // One event a line, as it came: the form that other programs read.
        if (json)
            Output.Line(text);
        else
            Print(JsonSerializer.Deserialize<VigilEvent>(text, JsonSerializerOptions.Web)!);
    }

    private static void Print(VigilEvent one)
    {
        var about = string.Join(' ', new[] { one.Agent, one.Work }.OfType<string>());
        var payload = one.Payload.ValueKind == JsonValueKind.Object && one.Payload.EnumerateObject().Any() ? one.Payload.GetRawText() : "";
        Output.Out.MarkupLineInterpolated($"[dim]{one.Id,7} {PersonTime.Of(one.At)}[/] [bold]{one.Type}[/] {one.Source} {about} [dim]{Output.Plain(payload)}[/]");
    }
}
