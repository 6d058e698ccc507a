using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Vigil.Settings.Reading;

/// <summary>Reads JSON with comments and trailing commas into nodes that know their line and column.</summary>
internal sealed class JsonText
{
    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 };

    private readonly byte[] _utf8;
    private readonly SettingsLayer _layer;
    private readonly List<SettingsError> _errors;
    private readonly List<int> _lineStarts = [0];

    private JsonText(byte[] utf8, SettingsLayer layer, List<SettingsError> errors)
    {
        _utf8 = utf8;
        _layer = layer;
        _errors = errors;
        for (var i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] == '\n')
                _lineStarts.Add(i + 1);
        }
    }

    /// <summary>The value of the file, or null when it is no JSON; errors are added either way.</summary>
    public static SettingNode? Parse(ReadOnlySpan<byte> file, SettingsLayer layer, List<SettingsError> errors)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        var utf8 = (file.StartsWith(mark) ? file[3..] : file).ToArray();
        return new JsonText(utf8, layer, errors).Parse();
    }

    private SettingNode? Parse()
    {
        if (!Utf8.IsValid(_utf8))
        {
            Refuse(PlaceOf(FirstInvalidByte()), "is no UTF-8 text", null);
            return null;
        }
        try
        {
            var reader = new Utf8JsonReader(_utf8, Options);
            if (!reader.Read())
                throw new JsonException("The file is empty.");
            var node = Value(ref reader, KeyPath.Root);
            // Only comments may follow; the reader itself refuses anything else.
            while (reader.Read())
            {
            }
            return node;
        }
        catch (JsonException bad)
        {
            var line = (int)(bad.LineNumber ?? 0);
            var start = _lineStarts[Math.Min(line, _lineStarts.Count - 1)];
            Refuse(PlaceOf(Math.Min(start + (int)(bad.BytePositionInLine ?? 0), _utf8.Length)), Sentence(bad),
                _layer.Origin == SettingsReader.FileOrigin ? "{ \"gateway\": { \"port\": 7070 } }" : "{ \"model\": \"openai/gpt-5.4\" }");
            return null;
        }
    }

    private SettingNode Value(ref Utf8JsonReader reader, KeyPath path)
    {
        var at = PlaceOf((int)reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return Object(ref reader, path, at);
            case JsonTokenType.StartArray:
                var items = new List<SettingNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Value(ref reader, path / $"[{items.Count}]"));
                return new SettingNode(NodeKind.Array, at) { Items = items };
            case JsonTokenType.String:
                return new SettingNode(NodeKind.Text, at) { Text = TextOf(ref reader, at, path) };
            case JsonTokenType.Number:
                return new SettingNode(NodeKind.Number, at) { Text = Encoding.ASCII.GetString(reader.ValueSpan) };
            case JsonTokenType.True:
                return new SettingNode(NodeKind.True, at);
            case JsonTokenType.False:
                return new SettingNode(NodeKind.False, at);
            default:
                return new SettingNode(NodeKind.Null, at);
        }
    }

    private SettingNode Object(ref Utf8JsonReader reader, KeyPath path, Place at)
    {
        var members = new Dictionary<string, SettingNode.Member>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var nameAt = PlaceOf((int)reader.TokenStartIndex);
            var name = TextOf(ref reader, nameAt, path);
            reader.Read();
            var value = Value(ref reader, path / name);
            if (!members.TryAdd(name, new SettingNode.Member(nameAt, value)))
                Refuse(nameAt, $"stands twice, first in line {members[name].At.Line}; keep one of the two", null, (path / name).ToString());
        }
        return new SettingNode(NodeKind.Object, at) { Members = members };
    }

    private string TextOf(ref Utf8JsonReader reader, Place at, KeyPath path)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate in an escape (\ud800) is no character.
            Refuse(at, "holds an escape that is no character", null, path.ToString());
            return "";
        }
    }

    private void Refuse(Place at, string problem, string? good, string key = "")
        => _errors.Add(new SettingsError(_layer.File, at.Line, at.Column, key, null, good, problem));

    private Place PlaceOf(int index)
    {
        var line = _lineStarts.BinarySearch(index);
        if (line < 0)
            line = ~line - 1;
        // Columns count characters, as editors do.
        var column = Encoding.UTF8.GetCharCount(_utf8.AsSpan(_lineStarts[line], index - _lineStarts[line])) + 1;
        return new Place(_layer, line + 1, column);
    }

    private int FirstInvalidByte()
    {
        var index = 0;
        while (Rune.DecodeFromUtf8(_utf8.AsSpan(index), out _, out var length) == System.Buffers.OperationStatus.Done)
            index += length;
        return index;
    }

    // The reader's message ends in a position of its own that counts from zero, and quotes bare words, which might be secrets.
    private static string Sentence(JsonException bad)
    {
        var text = bad.Message;
        if (text.Contains("JSON literal", StringComparison.Ordinal))
            return "is no JSON: a bare word; texts stand in double quotes";
        var tail = text.IndexOf(" LineNumber:", StringComparison.Ordinal);
        text = (tail < 0 ? text : text[..tail]).TrimEnd('.', ' ');
        return $"is no JSON: {char.ToLowerInvariant(text[0])}{text[1..]}";
    }
}
