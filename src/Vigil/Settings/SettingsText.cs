using System.Text;
using System.Text.Json;

namespace Vigil.Settings;

/// <summary>Sets and takes out single keys in the text of a settings file. Comments, order and everything else stay as somebody wrote them.</summary>
internal static class SettingsText
{
    private static readonly JsonReaderOptions s_options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <param name="value">As JSON.</param>
    /// <exception cref="JsonException">The text is no JSON object.</exception>
    public static byte[] Set(byte[] text, string[] path, string value)
    {
        var bytes = text.Length == 0 ? "{\n}\n"u8.ToArray() : text;
        var place = Find(bytes, path);
        // What is missing below the last object that is there, from the inside out.
        for (var i = path.Length - 1; i > place.Depth; i--)
            value = $"{{ {JsonSerializer.Serialize(path[i])}: {value} }}";
        return place.IsThere
            ? Replace(bytes, place.ValueStart, place.ValueEnd, value)
            : Replace(bytes, place.Open, place.Open, $"\n{new string(' ', 2 * (place.Depth + 1))}{JsonSerializer.Serialize(path[place.Depth])}: {value},");
    }

    /// <summary>A key that is not there is no error. An object that is empty then goes too.</summary>
    /// <exception cref="JsonException">The text is no JSON object.</exception>
    public static byte[] Remove(byte[] text, string[] path)
    {
        if (text.Length == 0 || Find(text, path) is not { IsThere: true } place || place.Depth != path.Length - 1)
            return text;
        var end = place.ValueEnd;
        var comma = end;
        while (comma < text.Length && text[comma] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            comma++;
        if (comma < text.Length && text[comma] == (byte)',')
            end = comma + 1;
        var start = place.KeyStart;
        while (start > 0 && text[start - 1] is (byte)' ' or (byte)'\t')
            start--;
        if (start > 0 && text[start - 1] == (byte)'\n')
            start--;
        else
            start = place.KeyStart;
        var left = Replace(text, start, end, "");
        return path.Length > 1 && IsEmpty(left, path[..^1]) ? Remove(left, path[..^1]) : left;
    }

    private static bool IsEmpty(byte[] text, string[] path)
    {
        var place = Find(text, path);
        if (!place.IsThere || place.Depth != path.Length - 1)
            return false;
        var reader = new Utf8JsonReader(text.AsSpan(place.ValueStart, place.ValueEnd - place.ValueStart), s_options);
        return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.EndObject;
    }

    private static Place Find(byte[] text, string[] path)
    {
        var reader = new Utf8JsonReader(text, s_options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("Settings are a JSON object.");
        var depth = 0;
        var open = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = (int)reader.TokenStartIndex;
            var isWanted = reader.ValueTextEquals(path[depth]);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (isWanted && depth < path.Length - 1 && reader.TokenType == JsonTokenType.StartObject)
            {
                depth++;
                open = (int)reader.BytesConsumed;
                continue;
            }
            reader.Skip();
            if (isWanted)
                return new Place(true, depth, open, key, start, (int)reader.BytesConsumed);
        }
        return new Place(false, depth, open, 0, 0, 0);
    }

    private static byte[] Replace(byte[] text, int start, int end, string by) => [.. text.AsSpan(0, start), .. Encoding.UTF8.GetBytes(by), .. text.AsSpan(end)];

    /// <param name="Depth">How many steps of the path lead into objects that are there.</param>
    /// <param name="Open">Behind the brace of the last of them.</param>
    private readonly record struct Place(bool IsThere, int Depth, int Open, int KeyStart, int ValueStart, int ValueEnd);
}
