using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vigil.Gateway.OpenApi;

namespace Vigil.Gateway.Tests.OpenApi;

/// <summary>One request of an .http file, as editors read it.</summary>
internal sealed record HttpFileRequest(string Title, string? Name, int Status, HttpMethod Method, string Url, IReadOnlyList<(string Name, string Value)> Headers, string? Body);

/// <summary><c>docs/api.http</c>: written from the examples of the gateway, and read back to be run.</summary>
internal static partial class HttpFile
{
    private const string Head = """
        # Every route of Vigil's API, one example each. Editors with a REST client run them; a test runs them too.
        # Written by: VIGIL_WRITE_DOCS=1 dotnet test tests/Vigil.Gateway.Tests --filter ApiExamples

        @address = http://127.0.0.1:7070
        # What 'vigil key add' printed, or the text of ~/.vigil/secrets/gateway.key
        @key = vgl_…

        """;

    public static string Write(IEnumerable<RouteExample> examples, Func<RouteExample, string> title)
    {
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (var example in examples)
        {
            text.Append($"\n### {title(example)}\n# answers {example.Status}\n");
            if (example.Name is { } name)
                text.Append($"# @name {name}\n");
            text.Append($"{example.Method} {{{{address}}}}{example.Path}\n");
            if (!example.Open)
                text.Append("Authorization: Bearer {{key}}\n");
            foreach (var (header, value) in example.Headers ?? new Dictionary<string, string>())
                text.Append($"{header}: {value}\n");
            if (example.Body is { } body)
                text.Append($"Content-Type: application/json\n\n{body.ToJsonString(new(System.Text.Json.JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })}\n");
        }
        return text.ToString();
    }

    public static IEnumerable<HttpFileRequest> Read(string text)
    {
        foreach (var part in text.Split("\n### ").Skip(1))
        {
            var lines = part.Split('\n').ToList();
            var comments = lines.Skip(1).TakeWhile(line => line.StartsWith('#')).ToList();
            var request = lines.Skip(1 + comments.Count).ToList();
            var start = request[0].Split(' ', 2);
            var headers = request.Skip(1).TakeWhile(line => line.Length > 0).Select(line => line.Split(": ", 2)).Select(pair => (pair[0], pair[1])).ToList();
            var body = string.Join('\n', request.Skip(1 + headers.Count)).Trim();
            yield return new HttpFileRequest(lines[0], comments.Select(line => NameLine().Match(line)).FirstOrDefault(match => match.Success)?.Groups[1].Value,
                int.Parse(comments[0]["# answers ".Length..], null), new HttpMethod(start[0]), start[1], headers, body.Length == 0 ? null : body);
        }
    }

    /// <summary>Puts in what variables and earlier answers stand for.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> variables, IReadOnlyDictionary<string, JsonNode?> answers) => Variable().Replace(text, match =>
    {
        var name = match.Groups[1].Value;
        if (variables.TryGetValue(name, out var value))
            return value;
        var of = name.Split(".response.body.$.");
        var node = answers[of[0]];
        foreach (var step in Step().Matches(of[1]).Select(found => found.Value.Trim('.', '[', ']')))
            node = int.TryParse(step, out var index) ? node![index] : node![step];
        return node!.GetValue<string>();
    });

    [GeneratedRegex(@"\{\{([^}]+)\}\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\w+|\[\d+\]")]
    private static partial Regex Step();

    [GeneratedRegex(@"^# @name (\w+)$")]
    private static partial Regex NameLine();
}
