using Vigil.Errors;

namespace Vigil.Settings.Reading;

/// <summary>Collects what is wrong with a tree of settings; each error stands where its key, or the nearest key above it, stands.</summary>
internal sealed class Findings(SettingNode root)
{
    private readonly List<SettingsError> _errors = [];

    public IReadOnlyList<SettingsError> Errors => _errors;

    public SettingNode Root => root;

    /// <summary>Something at the key or below it is wrong already; what would follow from that is not said as well.</summary>
    public bool Has(KeyPath key)
    {
        var text = key.ToString();
        return _errors.Any(error => error.Key.StartsWith(text, StringComparison.Ordinal)
            && (error.Key.Length == text.Length || error.Key[text.Length] is '.' or '['));
    }

    public void Add(KeyPath key, string problem, string? good = null, bool hidden = false)
    {
        SettingNode? node = root;
        var place = root.At;
        foreach (var name in key.Names)
        {
            if (node.Kind == NodeKind.Array && Index(name) is { } index && index < node.Items.Count)
            {
                node = node.Items[index];
                place = node.At;
                continue;
            }
            if (!node.Members.TryGetValue(name, out var member))
            {
                node = null;
                break;
            }
            node = member.Value;
            place = node.At;
        }
        Add(place, key, node is null || hidden ? null : node.Shown, good, problem);
    }

    public void Add(Place place, KeyPath key, string? bad, string? good, string problem)
        => _errors.Add(new SettingsError(place.Layer.File, place.Line, place.Column, key.ToString(), bad, good, problem));

    public void Unknown(Place place, KeyPath key, IEnumerable<string> known) => _errors.Add(UnknownKey(place, key, known));

    /// <summary>Somebody wrote a name that nobody knows.</summary>
    public static SettingsError UnknownKey(Place place, KeyPath key, IEnumerable<string> known)
    {
        var names = known.ToList();
        var near = Nearest.To(key.Name, names);
        var problem = near is null ? $"is no setting here; known are {string.Join(", ", names)}" : $"is no setting here; did you mean {near}";
        return new SettingsError(place.Layer.File, place.Line, place.Column, key.ToString(), null, near is null ? null : $"\"{near}\"", problem);
    }

    private static int? Index(string name) => name is ['[', .. var digits, ']'] && int.TryParse(digits, out var index) ? index : null;
}
