using System.Text.Json;
using Spectre.Console;
using Vigil.Agents;
using Vigil.Cli.Client;
using Vigil.Cli.Terminal;
using Vigil.Errors;
using Vigil.Gateway.Sessions;

namespace Vigil.Cli.Chat;

/// <summary>A conversation at the terminal. Ctrl-C stops the turn and not the program.</summary>
internal sealed class ChatLoop(GatewayClient gateway, string agent, string? session, string? model)
{
    private const string Help = """
        /new            begin the conversation anew (nothing is deleted)
        /model [NAME]   show the model of this chat, or use NAME from now on (- for the agent's own)
        /cost           what this chat has used so far
        /help           this
        /quit           end (so does Ctrl-D)
        """;

    private const int LongestReminder = 2000;

    private readonly ChatClient _chat = new(gateway);
    private string? _model = model;
    private string? _used;
    private long _tokensIn;
    private long _tokensOut;
    private decimal _cost;
    private bool _unknownPrice;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await ShowHistoryAsync(cancellationToken);
        while (!cancellationToken.IsCancellationRequested)
        {
            Output.Out.Markup("[bold]you>[/] ");
            var line = await Task.Run(Console.ReadLine, cancellationToken);
            if (line is null or "/quit" or "/exit")
                return CommandLine.Done;
            if (line.Trim() is not { Length: > 0 } text)
                continue;
            if (text.StartsWith('/'))
                await CommandAsync(text, cancellationToken);
            else
                await TurnAsync(text, cancellationToken);
        }
        return CommandLine.Done;
    }

    /// <summary>As the gateway makes it of the same name.</summary>
    private string Key
    {
        get
        {
            if (session?.StartsWith("agent:", StringComparison.Ordinal) == true || !AgentId.TryParse(agent, null, out var id))
                return session ?? agent;
            try
            {
                return (session is null or "main" ? SessionKey.Main(id) : SessionKey.For(id, "chat", session)).Value;
            }
            catch (FormatException)
            {
                // No name of a conversation; the gateway says so when something is said there.
                return session!;
            }
        }
    }

    private async Task ShowHistoryAsync(CancellationToken cancellationToken)
    {
        try
        {
            var path = $"/api/sessions/{Uri.EscapeDataString(Key)}";
            var known = await gateway.GetAsync<SessionView>(path, cancellationToken);
            var page = await gateway.GetAsync<Page<MessageView>>($"{path}/messages?after={Math.Max(known.ResetSeq, known.Messages - 6)}", cancellationToken);
            foreach (var message in page.Items.Where(message => message.Role is "user" or "assistant" && message.Text.Length > 0))
                Output.Out.MarkupLineInterpolated($"[dim]{(message.Role == "user" ? "you" : agent)}> {Excerpt(Output.Plain(message.Text))}[/]");
        }
        catch (FaultException absent) when (absent.Fault.Kind is FaultKind.NotFound or FaultKind.Forbidden)
        {
            Output.Out.MarkupLineInterpolated($"[dim]A new conversation with {agent}. /help lists what you can type.[/]");
        }
    }

    // Only a reminder of what was said: a document that was sent yesterday does not fill the terminal again.
    private static string Excerpt(string text) => text.Length <= LongestReminder ? text : $"{text.AsSpan(0, char.IsHighSurrogate(text[LongestReminder - 1]) ? LongestReminder - 1 : LongestReminder)}…";

    private async Task TurnAsync(string text, CancellationToken cancellationToken)
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ConsoleCancelEventHandler stop = (_, pressed) =>
        {
            pressed.Cancel = true;
            turn.Cancel();
        };
        Console.CancelKeyPress += stop;
        var midLine = false;
        try
        {
            Output.Out.MarkupInterpolated($"[bold]{agent}>[/] ");
            var result = await _chat.SendAsync(agent, session, _model, text, Show, turn.Token);
            Output.Out.WriteLine();
            Count(result.Done);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Output.Out.MarkupLine("\n[dim](stopped)[/]");
        }
        catch (FaultException fault)
        {
            Output.Out.WriteLine();
            Output.Fail(fault.Fault, json: false);
        }
        finally
        {
            Console.CancelKeyPress -= stop;
        }

        void Show(string type, JsonElement data)
        {
            if (type == "text")
            {
                var part = data.GetProperty("text").GetString()!;
                Output.Out.Write(new Text(Output.Plain(part)));
                midLine = !part.EndsWith('\n');
            }
            else if (type == "anew")
            {
                Output.Out.MarkupLineInterpolated($"[dim]{Output.Plain(data.GetProperty("why").GetString()!)}[/]");
            }
            else if (type == "tool" && data.GetProperty("state").GetString() is { } state)
            {
                var detail = state == "started" ? data.GetProperty("summary").GetString() : $"{state}, {data.GetProperty("ms").GetDouble():0} ms";
                Output.Out.MarkupInterpolated($"[dim]{(midLine ? "\n" : "")}  · {Output.Plain($"{data.GetProperty("name").GetString()} {detail}")}[/]\n");
                midLine = false;
            }
        }
    }

    private void Count(JsonElement done)
    {
        var usage = done.GetProperty("usage");
        _used = done.GetProperty("model").GetProperty("used").GetString();
        _tokensIn += usage.GetProperty("inputTokens").GetInt64();
        _tokensOut += usage.GetProperty("outputTokens").GetInt64();
        if (usage.GetProperty("costUsd") is { ValueKind: JsonValueKind.Number } cost)
            _cost += cost.GetDecimal();
        else
            _unknownPrice = true;
    }

    private async Task CommandAsync(string text, CancellationToken cancellationToken)
    {
        var words = text.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        switch (words[0])
        {
            case "/help":
                Output.Line(Help);
                break;
            case "/new":
                try
                {
                    await gateway.PostAsync<SessionView>($"/api/sessions/{Uri.EscapeDataString(Key)}/reset", null, cancellationToken);
                }
                catch (FaultException absent) when (absent.Fault.Kind == FaultKind.NotFound)
                {
                    // Nothing was said yet: it is new already.
                }
                Output.Line("A new conversation.");
                break;
            case "/model" when words.Length == 2:
                _model = words[1] == "-" ? null : words[1];
                Output.Line(_model is null ? "Back to the agent's own model." : $"This chat uses {_model} from now on; the agent's setting is as before.");
                break;
            case "/model":
                Output.Line(_model ?? _used ?? "the agent's own");
                break;
            case "/cost":
                Output.Line($"{_tokensIn} tokens in, {_tokensOut} out, {_cost:0.######} USD{(_unknownPrice ? " and calls without a known price" : "")}");
                break;
            default:
                Output.Line($"There is no command '{words[0]}'. /help lists them.");
                break;
        }
    }
}
