using System.Text.Json.Nodes;

namespace Vigil.Settings.Reading;

internal enum NodeKind
{
    Object,
    Array,
    Text,
    Number,
    True,
    False,
    Null,

    /// <summary>From the environment or the command line: what it is depends on the key.</summary>
    Loose,
}

/// <summary>Where a value comes from.</summary>
/// <param name="Origin">As <c>agent show</c> names it: vigil.json, agent.json, environment, command line, detected.</param>
/// <param name="File">As an error names it.</param>
internal sealed record SettingsLayer(string Origin, string File);

/// <summary>A place in a file; environment and command line have line 0.</summary>
internal readonly record struct Place(SettingsLayer Layer, int Line, int Column);

/// <summary>A JSON value that still knows where it stands. Immutable.</summary>
internal sealed class SettingNode(NodeKind kind, Place at)
{
    private static readonly Dictionary<string, Member> NoMembers = [];

    public NodeKind Kind { get; } = kind;

    public Place At { get; } = at;

    /// <summary>A text, the raw form of a number, or a loose value.</summary>
    public string Text { get; init; } = "";

    /// <summary>In the order of the file.</summary>
    public IReadOnlyDictionary<string, Member> Members { get; init; } = NoMembers;

    public IReadOnlyList<SettingNode> Items { get; init; } = [];

    /// <summary>As it may be shown in an error: short, on one line.</summary>
    public string Shown
    {
        get
        {
            var shown = Kind switch
            {
                NodeKind.Object => "an object",
                NodeKind.Array => "a list",
                NodeKind.True => "true",
                NodeKind.False => "false",
                NodeKind.Null => "null",
                NodeKind.Number => Text,
                _ => $"\"{new string([.. Text.Select(c => char.IsControl(c) ? ' ' : c)])}\"",
            };
            return shown.Length <= 80 ? shown : shown[..77] + "…\"";
        }
    }

    /// <summary>Objects merge key by key; anything else replaces what was below.</summary>
    public static SettingNode Merge(SettingNode below, SettingNode above)
    {
        if (below.Kind != NodeKind.Object || above.Kind != NodeKind.Object)
            return above;
        var members = new Dictionary<string, Member>(below.Members);
        foreach (var (name, member) in above.Members)
            members[name] = members.TryGetValue(name, out var lower) ? new Member(member.At, Merge(lower.Value, member.Value)) : member;
        return new SettingNode(NodeKind.Object, above.At) { Members = members };
    }

    public SettingNode? Find(IEnumerable<string> names)
    {
        var node = this;
        foreach (var name in names)
        {
            if (!node.Members.TryGetValue(name, out var member))
                return null;
            node = member.Value;
        }
        return node;
    }

    public JsonNode? ToJson() => Kind switch
    {
        NodeKind.Object => new JsonObject(Members.Select(member => KeyValuePair.Create(member.Key, member.Value.Value.ToJson()))),
        NodeKind.Array => new JsonArray([.. Items.Select(item => item.ToJson())]),
        NodeKind.Number => JsonNode.Parse(Text),
        NodeKind.True => JsonValue.Create(true),
        NodeKind.False => JsonValue.Create(false),
        NodeKind.Null => null,
        _ => JsonValue.Create(Text),
    };

    /// <summary>Dotted key of each leaf → the layer that set it.</summary>
    public void CollectOrigins(KeyPath path, IDictionary<string, string> origins)
    {
        if (Kind != NodeKind.Object)
        {
            origins[path.ToString()] = At.Layer.Origin;
            return;
        }
        foreach (var (name, member) in Members)
            member.Value.CollectOrigins(path / name, origins);
    }

    public override string ToString() => Shown;

    /// <param name="At">Where the name stands.</param>
    internal sealed record Member(Place At, SettingNode Value);
}
