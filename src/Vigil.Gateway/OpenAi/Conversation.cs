using System.Text.Json;
using Microsoft.Extensions.AI;
using Vigil.Errors;

namespace Vigil.Gateway.OpenAi;

/// <summary>What a caller said: instructions, which are added to the agent's persona, and messages in legal order.</summary>
internal sealed record Conversation(string? Instructions, IReadOnlyList<ChatMessage> Messages)
{
    /// <summary>What came after the last reply: all that is new when the conversation is remembered here.</summary>
    public IReadOnlyList<ChatMessage> Newest
    {
        get
        {
            var begin = Messages.Count;
            while (begin > 0 && Messages[begin - 1].Role != ChatRole.Assistant)
                begin--;
            return begin == 0 ? Messages : [.. Messages.Skip(begin)];
        }
    }

    /// <summary>Reads the messages of a chat completion.</summary>
    public static Conversation Read(Field messages)
    {
        if (messages.IsAbsent || !messages.IsList || messages.Value.GetArrayLength() == 0)
            throw messages.Bad("is missing, empty or no list", "Send at least one message.");
        var instructions = new List<string>();
        var read = new List<ChatMessage>();
        foreach (var message in messages.Items)
        {
            var content = message["content"];
            switch (message.IsObject ? message["role"].Text() : throw message.Bad("is no object", "A message is { \"role\": \"user\", \"content\": \"…\" }."))
            {
                case "system" or "developer":
                    instructions.Add(TextOf(content));
                    break;
                case "user":
                    read.Add(new ChatMessage(ChatRole.User, ContentParts.Read(content)));
                    break;
                case "assistant":
                    read.Add(Reply(message));
                    break;
                case "tool":
                    read.Add(Result(message["tool_call_id"].RequiredText(), content));
                    break;
                case var role:
                    throw message["role"].Bad($"is '{role}'", "Known: system, developer, user, assistant, tool.");
            }
        }
        return Of(messages, instructions, read);
    }

    /// <summary>Puts the parts together, and refuses an order that no model would take.</summary>
    public static Conversation Of(Field where, IReadOnlyList<string> instructions, IReadOnlyList<ChatMessage> messages)
    {
        if (messages.Count == 0 || (messages[^1].Role != ChatRole.User && messages[^1].Role != ChatRole.Tool))
            throw where.Bad("does not end with a message of the user or of a tool", "Add what the agent is to answer.");
        var open = new List<string>();
        var isLeading = true;
        foreach (var message in messages)
        {
            // A conversation that is remembered here may bring the result alone; then the call is in the session, and is looked for there.
            if (message.Role != ChatRole.Tool || !isLeading)
                RequireOpen(where, message, open);
            isLeading &= message.Role == ChatRole.Tool;
            Follow(message, open);
        }
        var joined = string.Join("\n\n", instructions.Where(text => !string.IsNullOrWhiteSpace(text)));
        return new Conversation(joined.Length > 0 ? joined : null, messages);
    }

    /// <summary>Refuses results that the messages begin with, unless the history before them has their calls and waits for them.</summary>
    /// <exception cref="FaultException">A result of no call, or of one that has its result.</exception>
    public static void RequireCalls(Field where, IReadOnlyList<ChatMessage> messages, IEnumerable<ChatMessage> history)
    {
        var open = new List<string>();
        foreach (var message in history)
            Follow(message, open);
        foreach (var message in messages.TakeWhile(message => message.Role == ChatRole.Tool))
        {
            RequireOpen(where, message, open);
            Follow(message, open);
        }
    }

    private static void RequireOpen(Field where, ChatMessage message, List<string> open)
    {
        if (message.Contents.OfType<FunctionResultContent>().FirstOrDefault(result => !open.Contains(result.CallId)) is { } stray)
        {
            throw where.Bad($"holds a result of the call '{stray.CallId}', which is unknown here or has its result already",
                "Send the assistant message with its tool_calls, then one result for each, then anything else.");
        }
    }

    private static void Follow(ChatMessage message, List<string> open)
    {
        if (message.Role != ChatRole.Tool)
            open.Clear();
        foreach (var content in message.Contents)
        {
            if (content is FunctionCallContent call)
                open.Add(call.CallId);
            else if (content is FunctionResultContent result)
                open.Remove(result.CallId);
        }
    }

    public static ChatMessage Result(string callId, Field content)
        => new(ChatRole.Tool, [new FunctionResultContent(callId, content.IsAbsent ? "" : TextOf(content))]);

    public static FunctionCallContent Call(string id, Field function)
    {
        var arguments = function["arguments"].Text() is { Length: > 0 } text ? text : "{}";
        try
        {
            return new FunctionCallContent(id, function["name"].RequiredText(), JsonSerializer.Deserialize<Dictionary<string, object?>>(arguments) ?? []);
        }
        catch (JsonException problem)
        {
            throw new FaultException(function["arguments"].Bad("is no JSON object", "Send the arguments as the model wrote them.").Fault, problem);
        }
    }

    public static string TextOf(Field content)
        => string.Join("\n", ContentParts.Read(content).Select(part => part is TextContent text ? text.Text : throw content.Bad("holds other than text", "Send text here.")));

    private static ChatMessage Reply(Field message)
    {
        var contents = message["content"] is { IsAbsent: false } content && !(content.IsText && content.Value.GetString()!.Length == 0) ? ContentParts.Read(content) : [];
        var calls = message["tool_calls"];
        if (!calls.IsAbsent)
        {
            foreach (var call in calls.IsList ? calls.Items : throw calls.Bad("is no list", "Send a list of calls."))
                contents.Add(Call(call["id"].RequiredText(), call["function"]));
        }
        return new ChatMessage(ChatRole.Assistant, contents);
    }
}
