using Microsoft.Extensions.AI;

namespace Vigil.Gateway.OpenAi;

/// <summary>The input of <c>POST /v1/responses</c>: a text, or a list of messages, calls and their results.</summary>
internal static class ResponseInput
{
    public static Conversation Read(Field input, string? instructions)
    {
        if (input.IsText)
            return Conversation.Of(input, [instructions ?? ""], [new ChatMessage(ChatRole.User, input.RequiredText())]);
        if (!input.IsList || input.Value.GetArrayLength() == 0)
            throw input.Bad("is missing, empty, or neither text nor a list", "Send a string, or a list of items.");
        var told = new List<string> { instructions ?? "" };
        var messages = new List<ChatMessage>();
        foreach (var item in input.Items)
            Add(item, told, messages);
        return Conversation.Of(input, told, messages);
    }

    private static void Add(Field item, List<string> instructions, List<ChatMessage> messages)
    {
        if (!item.IsObject)
            throw item.Bad("is no object", "An item is { \"role\": \"user\", \"content\": \"…\" }.");
        switch (item["type"].Text() ?? "message")
        {
            case "message":
                AddMessage(item, instructions, messages);
                break;
            case "function_call":
                var call = Conversation.Call(item["call_id"].RequiredText(), item);
                // Calls of one reply come as items of their own; a model gets them together again.
                if (messages is [.., { } last] && last.Role == ChatRole.Assistant)
                    last.Contents.Add(call);
                else
                    messages.Add(new ChatMessage(ChatRole.Assistant, [call]));
                break;
            case "function_call_output":
                messages.Add(Conversation.Result(item["call_id"].RequiredText(), item["output"]));
                break;
            case "reasoning":
                // Reasoning belongs to the turn that it came from.
                break;
            case var type:
                throw item["type"].Bad($"is '{type}'", "Known: message, function_call, function_call_output, reasoning.");
        }
    }

    private static void AddMessage(Field item, List<string> instructions, List<ChatMessage> messages)
    {
        switch (item["role"].Text())
        {
            case "system" or "developer":
                instructions.Add(Conversation.TextOf(item["content"]));
                break;
            case "user":
                messages.Add(new ChatMessage(ChatRole.User, ContentParts.Read(item["content"])));
                break;
            case "assistant":
                messages.Add(new ChatMessage(ChatRole.Assistant, ContentParts.Read(item["content"])));
                break;
            case var role:
                throw item["role"].Bad($"is '{role}'", "Known: system, developer, user, assistant.");
        }
    }
}
