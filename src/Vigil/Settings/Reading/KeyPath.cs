namespace Vigil.Settings.Reading;

/// <summary>The way to a key: <c>models.prices."openai/gpt-5.4".input</c>.</summary>
internal sealed record KeyPath(KeyPath? Parent, string Name)
{
    public static KeyPath Root { get; } = new(null, "");

    public IEnumerable<string> Names => Parent is null ? [] : Parent.Names.Append(Name);

    public static KeyPath operator /(KeyPath parent, string name) => new(parent, name);

    public static KeyPath Of(params ReadOnlySpan<string> names)
    {
        var path = Root;
        foreach (var name in names)
            path /= name;
        return path;
    }

    public override string ToString() => Parent is null ? "" : Name.StartsWith('[') ? Parent + Name : Parent.Parent is null ? Quoted(Name) : $"{Parent}.{Quoted(Name)}";

    private static string Quoted(string name)
        => name.Length > 0 && name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '$') ? name : $"\"{name}\"";

    /// <summary>Splits a dotted path as somebody types it; names in double quotes may hold dots.</summary>
    public static IReadOnlyList<string>? Split(string text)
    {
        var names = new List<string>();
        var rest = text.AsSpan();
        while (true)
        {
            int end;
            if (rest.StartsWith("\""))
            {
                end = rest[1..].IndexOf('"');
                if (end < 0)
                    return null;
                names.Add(rest.Slice(1, end).ToString());
                rest = rest[(end + 2)..];
            }
            else
            {
                end = rest.IndexOf('.');
                names.Add((end < 0 ? rest : rest[..end]).ToString());
                rest = end < 0 ? [] : rest[end..];
            }
            if (names[^1].Length == 0)
                return null;
            if (rest.IsEmpty)
                return names;
            if (rest[0] != '.')
                return null;
            rest = rest[1..];
        }
    }
}
