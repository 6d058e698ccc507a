using System.Text;

namespace Vigil.Settings.Reading;

/// <summary>Settings from the environment (<c>VIGIL__GATEWAY__PORT</c>) and the command line (<c>--set gateway.port=7071</c>) as trees.</summary>
internal sealed class Overrides(SettingNode below, List<SettingsError> errors)
{
    public const string Prefix = "VIGIL__";

    /// <param name="below">Gives names of providers, hooks and the like their spelling: the environment has one case only.</param>
    public static SettingNode OfEnvironment(IReadOnlyDictionary<string, string> environment, SettingNode below, List<SettingsError> errors)
    {
        var overrides = new Overrides(below, errors);
        var tree = Empty("environment");
        foreach (var (variable, value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!variable.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
                continue;
            var place = new Place(new SettingsLayer("environment", $"environment variable {variable}"), 0, 0);
            tree = overrides.With(tree, variable[Prefix.Length..].Split("__"), value, place);
        }
        return tree;
    }

    public static SettingNode OfCommandLine(IReadOnlyList<string> set, SettingNode below, List<SettingsError> errors)
    {
        var overrides = new Overrides(below, errors);
        var tree = Empty("command line");
        foreach (var pair in set)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? pair : pair[..equals].Trim();
            var place = new Place(new SettingsLayer("command line", $"--set {key}"), 0, 0);
            if (equals <= 0 || KeyPath.Split(key) is not { } names)
                errors.Add(new SettingsError(place.Layer.File, 0, 0, "", null, "--set gateway.port=7071", "is no key=value"));
            else
                tree = overrides.With(tree, names, pair[(equals + 1)..], place);
        }
        return tree;
    }

    private static SettingNode Empty(string origin) => new(NodeKind.Object, new Place(new SettingsLayer(origin, origin), 0, 0));

    private SettingNode With(SettingNode tree, IReadOnlyList<string> names, string value, Place place)
    {
        SettingShape shape = SettingShape.Of<VigilSettings>();
        var path = KeyPath.Root;
        SettingNode? known = below;
        foreach (var name in names)
        {
            string spelled;
            switch (shape)
            {
                case ObjectShape record when record.FindLoosely(name) is { } key:
                    spelled = key.Name;
                    shape = key.Shape;
                    break;
                case MapShape map:
                    spelled = known?.Members.Keys.FirstOrDefault(member => Folded(member) == Folded(name)) ?? name.ToLowerInvariant();
                    shape = map.Value;
                    break;
                case FreeShape:
                    spelled = known?.Members.Keys.FirstOrDefault(member => Folded(member) == Folded(name)) ?? name;
                    break;
                case ObjectShape record:
                    errors.Add(Findings.UnknownKey(place, path / name.ToLowerInvariant(), record.Keys.Select(key => key.Name)));
                    return tree;
                default:
                    errors.Add(new SettingsError(place.Layer.File, 0, 0, (path / name).ToString(), null, path.ToString(),
                        "lies below a key that holds a plain value"));
                    return tree;
            }
            path /= spelled;
            known = known?.Members.GetValueOrDefault(spelled)?.Value;
        }
        if (Leaf(value, shape, place, path) is not { } node)
            return tree;
        foreach (var name in path.Names.Reverse())
            node = new SettingNode(NodeKind.Object, place) { Members = new Dictionary<string, SettingNode.Member> { [name] = new(place, node) } };
        return SettingNode.Merge(tree, node);
    }

    private SettingNode? Leaf(string value, SettingShape shape, Place place, KeyPath path)
    {
        var text = value.Trim();
        if (text == "null")
            return new SettingNode(NodeKind.Null, place);
        if (shape is ListShape && !text.StartsWith('['))
        {
            var items = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return new SettingNode(NodeKind.Array, place) { Items = [.. items.Select(item => new SettingNode(NodeKind.Loose, place) { Text = item })] };
        }
        if (shape is not (ListShape or ObjectShape or MapShape) && !(shape is FreeShape && text.StartsWith('{')))
            return new SettingNode(NodeKind.Loose, place) { Text = shape is TextShape ? value : text };
        var wrong = new List<SettingsError>();
        var read = JsonText.Parse(Encoding.UTF8.GetBytes(text), place.Layer, wrong);
        errors.AddRange(wrong.Select(error => error with { Line = 0, Column = 0, Key = path.ToString() }));
        return wrong.Count == 0 ? read : null;
    }

    private static string Folded(string name) => name.Replace('-', '_').ToLowerInvariant();
}
