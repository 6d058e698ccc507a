using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Vigil.Cli.Client;
using Vigil.Cli.Terminal;
using Vigil.Errors;
using Vigil.Gateway.Sessions;

namespace Vigil.Cli.Commands;

internal static class SessionCommands
{
    private const int PageSize = 500;

    public static Command Create() => new ExampleCommand("session", "Conversations.", "vigil session list", "vigil session show agent:main:main", "vigil session export agent:main:main chat.jsonl")
    {
        List(),
        Show(),
        Reset(),
        Export(),
    };

    private static ExampleCommand List()
    {
        var agent = new Option<string?>("--agent") { Description = "Only this agent's.", HelpName = "AGENT" };
        var limit = new Option<int>("--limit") { Description = "How many at most.", DefaultValueFactory = _ => 30, HelpName = "N" };
        var after = new Option<string?>("--after") { Description = "The cursor that the last part ended with.", HelpName = "CURSOR" };
        var command = new ExampleCommand("list", "Conversations, newest first.", "vigil session list --agent main") { agent, limit, after };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var query = Query.Of(("agent", parsed.GetValue(agent)), ("limit", parsed.GetValue(limit).ToString(null as IFormatProvider)), ("after", parsed.GetValue(after)));
            var page = await client.GetAsync<Page<SessionView>>($"/api/sessions{query}", cancellationToken);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(page);
            var table = Output.Table("session", "messages", "last change", "person wrote");
            foreach (var session in page.Items)
                table.AddRow(Output.Cell(session.Key), Output.Cell(session.Messages), Output.Cell(session.UpdatedAt), Output.Cell(session.PersonAt));
            Output.Write(table);
            if (page.Next is { } next)
                Output.Note($"More: add --after {next}");
            return CommandLine.Done;
        });
        return command;
    }

    private static ExampleCommand Show()
    {
        var key = new Argument<string>("session") { Description = "Its key, for example agent:main:main." };
        var limit = new Option<int>("--limit") { Description = "How many of the newest messages.", DefaultValueFactory = _ => 20, HelpName = "N" };
        var command = new ExampleCommand("show", "The newest messages of a conversation.", "vigil session show agent:main:main --limit 50") { key, limit };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var path = Path(parsed.GetValue(key)!);
            var session = await client.GetAsync<SessionView>(path, cancellationToken);
            var messages = await NewestAsync(client, path, session.Messages, parsed.GetValue(limit), cancellationToken);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(new { session, messages });
            Output.Line($"{session.Key}: {Counted.Of(session.Messages, "message")}");
            if (session.Summary is { } summary)
                Output.Line($"[summary] {summary}");
            foreach (var message in messages)
                Output.Line($"{PersonTime.Minutes(message.At)}  {message.Role}{(message.Kind == "turn" ? "" : $" ({message.Kind})")}: {(message.Tools.Count > 0 ? $"[{string.Join(", ", message.Tools)}] " : "")}{Output.Plain(message.Text)}");
            return CommandLine.Done;
        });
        return command;
    }

    private static ExampleCommand Reset()
    {
        var key = new Argument<string>("session") { Description = "Its key." };
        var command = new ExampleCommand("reset", "Begin a conversation anew; nothing is deleted.", "vigil session reset agent:main:main") { key };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var session = await client.PostAsync<SessionView>(Path(parsed.GetValue(key)!) + "/reset", null, cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(session) : Output.Line($"{session.Key} begins anew; {Counted.Of(session.Messages, "message is", "messages are")} kept.");
        });
        return command;
    }

    private static ExampleCommand Export()
    {
        var key = new Argument<string>("session") { Description = "Its key." };
        var file = new Argument<string>("file") { Description = "Where to; - for standard output." };
        var command = new ExampleCommand("export", "Write all messages as JSON lines.", "vigil session export agent:main:main chat.jsonl") { key, file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var target = parsed.GetValue(file)!;
            if (target != "-" && File.Exists(target))
                throw new FaultException(new Fault("file_exists", $"{target} exists already.", "Name a new file.", "file"));
            var written = await WriteAsync(client, Path(parsed.GetValue(key)!), target, cancellationToken);
            if (target != "-")
                Output.Note($"{Counted.Of(written, "message")} written to {target}.");
            return CommandLine.Done;
        });
        return command;
    }

    private static async Task<IReadOnlyList<MessageView>> NewestAsync(GatewayClient client, string path, long all, int limit, CancellationToken cancellationToken)
    {
        var messages = new List<MessageView>();
        for (var after = Math.Max(0, all - limit).ToString(CultureInfo.InvariantCulture); after is not null && messages.Count < limit;)
        {
            var page = await client.GetAsync<Page<MessageView>>($"{path}/messages?after={after}&limit={Math.Min(limit - messages.Count, PageSize)}", cancellationToken);
            messages.AddRange(page.Items);
            after = page.Next;
        }
        return messages;
    }

    private static async Task<long> WriteAsync(GatewayClient client, string path, string target, CancellationToken cancellationToken)
    {
        var temporary = target + ".part";
        var count = 0L;
        await using (var writer = target == "-" ? Console.Out : new StreamWriter(temporary))
        {
            string? after = "0";
            while (after is not null)
            {
                var page = await client.GetAsync<Page<MessageView>>($"{path}/messages?after={after}&limit={PageSize}", cancellationToken);
                foreach (var message in page.Items)
                    await writer.WriteLineAsync(JsonSerializer.Serialize(message, JsonSerializerOptions.Web));
                count += page.Items.Count;
                after = page.Next;
            }
        }
        if (target != "-")
            File.Move(temporary, target);
        return count;
    }

    private static string Path(string key) => $"/api/sessions/{Uri.EscapeDataString(key)}";
}
