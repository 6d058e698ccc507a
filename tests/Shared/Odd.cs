using System.Text.Json.Nodes;

namespace Vigil.Tests.Shared;

/// <summary>Values that programs trip over.</summary>
internal static class Odd
{
    private static readonly string[] s_texts =
    [
        "", " ", "\t", "a", "main", "null", "true", "-1", "0", "1", "99999999999999999999", "1e309", "NaN", "2026-03-29T02:30:00Z", "0000-00-00", "9999-12-31T23:59:59Z", "1970-01-01", "30s", "-5m", "99999w",
        "* * * * *", "99 9 * * *", "0 0 31 2 *", "Europe/Berlin", "Mars/Olympus", "../../etc/passwd", "..%2f..", "%00", "\0", "\u0001", "\r\nX-Evil: 1", "'; DROP TABLE work; --", "\"", "\\", "<script>", "{{7*7}}",
        "\ud83d\ude00", "\u202e", "\ufeff", "ß", "İ", "agent:main:main", "agent::", "agent:main:", "vigil/", "vigil/../other", "fake/model-a", "/", "//", "wrk_", "ntf_1", "key_0", "resp_0", "image/png;base64,AAAA",
        "data:image/png;base64,!!!!", "http://", "http://127.0.0.1:1/x.png", "file:///etc/passwd",
    ];

    public static string Text(Random random) => random.Next(12) switch
    {
        0 => new string('x', random.Next(1, 3_000)),
        1 => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)random.Next(1, 0xD7FF))),
        2 => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)random.Next(32, 127))),
        _ => s_texts[random.Next(s_texts.Length)],
    };

    /// <summary>The same JSON with one of its values, somewhere, made another.</summary>
    public static JsonNode? Mutated(Random random, JsonNode? node, IReadOnlyList<string> things)
    {
        if (node is JsonObject { Count: > 0 } map && random.Next(5) > 0)
        {
            var name = map.ElementAt(random.Next(map.Count)).Key;
            switch (random.Next(6))
            {
                case 0:
                    map.Remove(name);
                    break;
                case 1:
                    var moved = map[name]?.DeepClone();
                    map.Remove(name);
                    map[random.Next(2) == 0 ? name.ToUpperInvariant() : Text(random)] = moved;
                    break;
                default:
                    map[name] = Mutated(random, map[name]?.DeepClone(), things);
                    break;
            }
            return map;
        }
        if (node is JsonArray { Count: > 0 } list && random.Next(4) > 0)
        {
            var at = random.Next(list.Count);
            if (random.Next(4) == 0)
                list.Add(list[at]?.DeepClone());
            else
                list[at] = Mutated(random, list[at]?.DeepClone(), things);
            return list;
        }
        return Value(random, things);
    }

    /// <summary>JSON no longer, or with a member twice, or too deep.</summary>
    public static string Broken(Random random, string json) => random.Next(5) switch
    {
        0 => json[..random.Next(json.Length + 1)],
        1 => json.Insert(random.Next(json.Length + 1), Text(random)),
        2 => new string('[', random.Next(1, 500)) + json,
        3 => json.StartsWith('{') ? "{\"model\":1," + json[1..] : json,
        _ => json + json,
    };

    private static JsonNode? Value(Random random, IReadOnlyList<string> things) => random.Next(12) switch
    {
        0 => null,
        1 => true,
        2 => random.Next(-2, 3),
        3 => long.MaxValue,
        4 => double.MaxValue,
        5 => new JsonArray(),
        6 => new JsonObject(),
        7 => new JsonObject { ["type"] = Text(random), ["text"] = Text(random), ["image_url"] = new JsonObject { ["url"] = Text(random) } },
        8 => new JsonArray(Text(random), 1, null),
        9 => things[random.Next(things.Count)],
        10 => -0.5,
        _ => Text(random),
    };
}
