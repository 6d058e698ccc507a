using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vigil.Testing.Models;

/// <summary>A reply in the words of one API.</summary>
internal abstract class FakeWire(FakeModelRequest request, FakeModelReply reply)
{
    protected FakeModelRequest Request { get; } = request;

    protected FakeModelReply Reply { get; } = reply;

    protected string Id => $"fake-{Request.Number}";

    protected string Model => Reply.Model ?? Request.Model;

    /// <summary>The answer in one piece.</summary>
    public abstract string Whole();

    /// <summary>The answer as server-sent events; pieces are those that carry content.</summary>
    public abstract IEnumerable<(string Text, bool IsPiece)> Events();

    public abstract string Error(string json);

    protected string CallId(int index) => Reply.ToolCalls[index].Id ?? $"call_{Request.Number}_{index}";

    protected IEnumerable<string> Words()
    {
        for (var start = 0; start < Reply.Text.Length;)
        {
            var end = Reply.Text.IndexOf(' ', start);
            end = end < 0 ? Reply.Text.Length : end + 1;
            yield return Reply.Text[start..end];
            start = end;
        }
    }

    /// <summary>Arguments come in two fragments, as from real providers.</summary>
    protected static IEnumerable<string> Fragments(string arguments) => arguments.Length < 2 ? [arguments] : [arguments[..(arguments.Length / 2)], arguments[(arguments.Length / 2)..]];

    protected static string Json(JsonNode node) => node.ToJsonString(JsonSerializerOptions.Web);
}
