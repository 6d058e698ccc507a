using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Vigil.Models.OpenAI;

/// <summary>Puts tool calls together from their fragments, in the order in which they began.</summary>
internal sealed class ToolCallAssembly
{
    /// <summary>On a call whose arguments were no JSON object: the arguments as the model wrote them.</summary>
    public const string RawArguments = "vigil.rawArguments";

    private readonly List<Call> _calls = [];

    public void Add(JsonElement fragment)
    {
        if (fragment.ValueKind is not JsonValueKind.Object)
            return;
        int? index = fragment.TryGetProperty("index", out var number) && number.TryGetInt32Value(out var parsed) ? parsed : null;
        var id = Text(fragment, "id");
        var call = Find(index, id);
        if (call is null)
            _calls.Add(call = new Call(index));
        call.Id ??= id;
        if (!fragment.TryGetProperty("function", out var function) || function.ValueKind is not JsonValueKind.Object)
            return;
        call.Name ??= Text(function, "name");
        if (function.TryGetProperty("arguments", out var arguments) && arguments.ValueKind is not JsonValueKind.Null)
            call.Arguments.Append(arguments.ValueKind is JsonValueKind.String ? ModelText.Read(arguments) : arguments.GetRawText());
    }

    public List<AIContent> Finish() => _calls.ConvertAll<AIContent>(call => call.ToContent());

    // The index says which call a fragment belongs to. Some servers leave it out, or give each call the index 0: then a new id begins a new call.
    private Call? Find(int? index, string? id)
    {
        if (id is not null && _calls.FindLast(call => call.Id == id && (index is null || call.Index == index)) is { } known)
            return known;
        var last = index is null ? _calls.LastOrDefault() : _calls.FindLast(call => call.Index == index);
        return last?.Id is not null && id is not null ? null : last;
    }

    private static string? Text(JsonElement element, string name)
        => element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && ModelText.Whole(ModelText.Read(value)) is { Length: > 0 } text ? text : null;

    private sealed class Call(int? index)
    {
        public int? Index { get; } = index;

        public string? Id { get; set; }

        public string? Name { get; set; }

        public StringBuilder Arguments { get; } = new();

        public FunctionCallContent ToContent()
        {
            var raw = ModelText.WholeJson(Arguments.ToString());
            var content = new FunctionCallContent(Id ?? $"call_{Guid.NewGuid():N}", Name ?? "");
            if (string.IsNullOrWhiteSpace(raw))
            {
                content.Arguments = new Dictionary<string, object?>();
                return content;
            }

            try
            {
                content.Arguments = JsonSerializer.Deserialize<Dictionary<string, object?>>(raw) ?? [];
            }
            catch (JsonException e)
            {
                content.Exception = new FormatException("The arguments are no JSON object.", e);
                content.AdditionalProperties = new() { [RawArguments] = raw };
            }

            return content;
        }
    }
}

file static class Numbers
{
    public static bool TryGetInt32Value(this JsonElement element, out int value)
    {
        value = 0;
        return element.ValueKind is JsonValueKind.Number && element.TryGetInt32(out value);
    }
}
