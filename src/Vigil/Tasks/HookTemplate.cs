using System.Text;
using System.Text.Json;

namespace Vigil.Tasks;

/// <summary>
/// A text with places such as <c>{{issue.title}}</c> or <c>{{items.0.id}}</c>. Filled in one pass: what a payload puts into a place is text, whatever signs it holds.
/// </summary>
public sealed class HookTemplate
{
    private readonly IReadOnlyList<(string Text, string? Place)> _parts;

    private HookTemplate(IReadOnlyList<(string, string?)> parts) => _parts = parts;

    /// <summary>Its places, in order; one that stands twice is named twice.</summary>
    public IEnumerable<string> Places => _parts.Select(part => part.Place).OfType<string>();

    public static HookTemplate Parse(string template)
    {
        var parts = new List<(string, string?)>();
        var from = 0;
        while (template.IndexOf("{{", from, StringComparison.Ordinal) is >= 0 and var open && template.IndexOf("}}", open + 2, StringComparison.Ordinal) is >= 0 and var close)
        {
            parts.Add((template[from..open], template[(open + 2)..close].Trim()));
            from = close + 2;
        }
        parts.Add((template[from..], null));
        return new HookTemplate(parts);
    }

    /// <param name="show">How a value is put in: as it is, or fenced.</param>
    /// <param name="missing">Places that the payload does not have; they become empty.</param>
    public string Fill(JsonElement payload, Func<string, string, string> show, out IReadOnlyList<string> missing)
    {
        var text = new StringBuilder();
        var absent = new List<string>();
        foreach (var (before, place) in _parts)
        {
            text.Append(before);
            if (place is null)
                continue;
            if (Find(payload, place) is not { } value)
                absent.Add(place);
            else if (value.Length > 0)
                text.Append(show(place, value));
        }
        missing = [.. absent.Distinct(StringComparer.Ordinal)];
        return text.ToString();
    }

    private static string? Find(JsonElement payload, string place)
    {
        var at = payload;
        foreach (var step in place.Split('.'))
        {
            switch (at.ValueKind)
            {
                case JsonValueKind.Object when at.TryGetProperty(step, out var member):
                    at = member;
                    break;
                case JsonValueKind.Array when int.TryParse(step, System.Globalization.NumberStyles.None, null, out var index) && index < at.GetArrayLength():
                    at = at[index];
                    break;
                default:
                    return null;
            }
        }
        return at.ValueKind switch
        {
            JsonValueKind.String => at.GetString(),
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            _ => at.GetRawText(),
        };
    }
}
