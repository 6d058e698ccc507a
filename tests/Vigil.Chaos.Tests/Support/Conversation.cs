using System.Text.Json;
using Vigil.Testing.Models;

namespace Vigil.Chaos.Tests.Support;

/// <summary>What a model reads out of a request: which work asks, and how far it has come.</summary>
internal static class Conversation
{
    /// <summary>The number of the model call within its turn, from 1.</summary>
    public static int Step(this FakeModelRequest request)
    {
        var messages = request.Messages;
        var begin = messages.Count - 1;
        while (Role(messages[begin]) != "user")
            begin--;
        return 1 + messages.Skip(begin).Count(message => Role(message) == "assistant");
    }

    /// <summary>What the tools of this turn answered, in order.</summary>
    public static IReadOnlyList<string> ToolResults(this FakeModelRequest request)
        => [.. request.Messages.Where(message => Role(message) == "tool").Select(message => message.GetProperty("content").ToString())];

    /// <summary>Why a provider would refuse these messages: a call without its result, a result without its call; null when they are legal.</summary>
    public static string? Illegal(this FakeModelRequest request)
    {
        var open = new HashSet<string>();
        foreach (var message in request.Messages)
        {
            if (Role(message) == "tool")
            {
                if (!open.Remove(message.GetProperty("tool_call_id").GetString()!))
                    return $"A result answers no call: {message}";
                continue;
            }
            if (open.Count > 0)
                return $"Calls without results before: {message}";
            if (message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array)
                open = [.. calls.EnumerateArray().Select(call => call.GetProperty("id").GetString()!)];
        }
        return open.Count == 0 ? null : "The last calls have no results.";
    }

    private static string? Role(JsonElement message) => message.GetProperty("role").GetString();
}
