using System.Collections;
using System.Globalization;
using Vigil.Errors;
using Vigil.Time;

namespace Vigil.Settings.Reading;

/// <summary>Turns a merged tree into settings records. Everything that does not fit becomes an error and the default takes its place, so that one pass finds all.</summary>
internal sealed class Binder(Findings findings)
{
    private static readonly object Unfit = new();

    public T Bind<T>(SettingNode node)
        where T : class
    {
        var shape = SettingShape.Of<T>();
        var bound = Value(node, shape, KeyPath.Root);
        return bound as T ?? (T)Activator.CreateInstance(shape.Type)!;
    }

    /// <summary>One key of a record, or null when it does not fit; what it says is in the findings.</summary>
    public object? BindKey(SettingNode node, SettingKey key)
    {
        var bound = node.Kind == NodeKind.Null ? key.Default : Value(node, key.Shape, KeyPath.Of(key.Name));
        return bound == Unfit ? key.Default : bound;
    }

    private object Value(SettingNode node, SettingShape shape, KeyPath path)
    {
        return shape switch
        {
            ObjectShape record => Record(node, record, path),
            MapShape map => Map(node, map, path),
            ListShape list => List(node, list, path),
            TextShape text => Text(node, text, path),
            SwitchShape => Switch(node, path),
            NumberShape number => Number(node, number, path),
            DurationShape duration => Duration(node, duration, path),
            WordShape word => Word(node, word, path),
            _ => Free(node, path),
        };
    }

    private object Record(SettingNode node, ObjectShape shape, KeyPath path)
    {
        if (node.Kind != NodeKind.Object)
            return Wrong(node, path, "is no object", $"{{ \"{shape.Keys[0].Name}\": … }}", hidden: true);
        var record = Activator.CreateInstance(shape.Type)!;
        foreach (var (name, member) in node.Members)
        {
            if (shape.Find(name) is not { } key)
            {
                if (name != "$schema" || path.Parent is not null)
                    findings.Unknown(member.At, path / name, shape.Keys.Select(known => known.Name));
                continue;
            }
            // null resets to the default, which the new record holds already.
            if (member.Value.Kind != NodeKind.Null && Value(member.Value, key.Shape, path / name) is { } value && value != Unfit)
                key.Property.SetValue(record, value);
        }
        return record;
    }

    private object Map(SettingNode node, MapShape shape, KeyPath path)
    {
        if (node.Kind != NodeKind.Object)
            return Wrong(node, path, "is no object of names and values", "{ }", hidden: true);
        var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), shape.ValueType))!;
        var form = TextFormats.Of(shape.Names);
        // In order of names, so that equal settings have equal hashes.
        foreach (var (name, member) in node.Members.OrderBy(member => member.Key, StringComparer.Ordinal))
        {
            if (form.Problem(name) is { } problem)
                findings.Add(member.At, path / name, $"\"{name}\"", shape.Names == TextFormat.Any ? null : form.Example, $"the name {problem}");
            if (member.Value.Kind == NodeKind.Null)
                continue;
            if (shape.Value is TextShape { Rule.Format: TextFormat.MaybeSecret } && IsInlineSecret(name, member.Value))
                findings.Add(member.Value.At, path / name, null, "\"env:NAME\" or \"file:NAME\"", SecretReference.Problem("")!);
            else if (Value(member.Value, shape.Value, path / name) is { } value && value != Unfit)
                map[name] = value;
        }
        return map;
    }

    // "Bearer env:NAME" is fine: the reference is what counts.
    private static bool IsInlineSecret(string name, SettingNode node)
        => SecretReference.SoundsSecret(name) && node.Kind is (NodeKind.Text or NodeKind.Loose)
           && !SecretReference.IsReference(node.Text[(node.Text.LastIndexOf(' ') + 1)..]);

    private object List(SettingNode node, ListShape shape, KeyPath path)
    {
        if (node.Kind != NodeKind.Array)
            return Wrong(node, path, "is no list", shape.Item is TextShape text ? $"[{text.Example.Split(" or ")[0]}]" : "[ ]");
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(shape.ItemType))!;
        for (var i = 0; i < node.Items.Count; i++)
        {
            if (Value(node.Items[i], shape.Item, path / $"[{i}]") is { } value && value != Unfit)
                list.Add(value);
        }
        return list;
    }

    private object Text(SettingNode node, TextShape shape, KeyPath path)
    {
        var hidden = shape.Form.Hidden || SecretReference.SoundsSecret(path.Name);
        if (node.Kind is not (NodeKind.Text or NodeKind.Loose))
            return Wrong(node, path, "is no text", shape.Example, hidden);
        if (shape.Form.Problem(node.Text) is { } problem)
            return Wrong(node, path, problem, shape.Rule.Format == TextFormat.Zone
                && Zones.Near(node.Text) is [var near, ..] ? $"\"{near}\"" : shape.Example, hidden);
        if (shape.Rule.Words is { } words && !words.Contains(node.Text))
            return Wrong(node, path, $"is not one of {string.Join(", ", words)}", $"\"{Nearest.To(node.Text, words) ?? words[0]}\"");
        return node.Text;
    }

    private object Switch(SettingNode node, KeyPath path) => node switch
    {
        { Kind: NodeKind.True } => true,
        { Kind: NodeKind.False } => false,
        { Kind: NodeKind.Loose } when bool.TryParse(node.Text, out var value) => value,
        _ => Wrong(node, path, "is neither true nor false", "true"),
    };

    private object Number(SettingNode node, NumberShape shape, KeyPath path)
    {
        var least = shape.Bounds.Least;
        var most = Math.Min(shape.Bounds.Most, shape.Type == typeof(int) ? int.MaxValue : shape.Type == typeof(long) ? long.MaxValue : double.PositiveInfinity);
        var range = double.IsPositiveInfinity(shape.Bounds.Most) ? $"at least {least}" : $"from {least} to {shape.Bounds.Most}";
        var good = Math.Max(least, 1).ToString(CultureInfo.InvariantCulture);
        if (node.Kind is not (NodeKind.Number or NodeKind.Loose)
            || !decimal.TryParse(node.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture, out var value))
            return Wrong(node, path, $"is no number {range}", good);
        if ((double)value < least || (double)value > most)
            return Wrong(node, path, $"is out of range, {range}", good);
        if (shape.Whole && value != decimal.Truncate(value))
            return Wrong(node, path, $"is no whole number {range}", good);
        return Convert.ChangeType(value, shape.Type, CultureInfo.InvariantCulture);
    }

    private object Duration(SettingNode node, DurationShape shape, KeyPath path)
    {
        var good = $"\"{DurationText.Format(Sensible(shape.Least))}\"";
        if (node.Kind is not (NodeKind.Text or NodeKind.Loose))
            return Wrong(node, path, WithHint("is no duration; write a text of numbers with units, w d h m s", shape), good);
        if (!DurationText.TryParse(node.Text, out var value, out var problem))
            return Wrong(node, path, WithHint(problem.Split(';')[0] is var what
                && what.StartsWith("is ", StringComparison.Ordinal) ? what : $"is no duration: it {what}", shape), good);
        if (value < shape.Least)
            return Wrong(node, path, WithHint($"is shorter than {DurationText.Format(shape.Least)}", shape), good);
        return value;
    }

    private static TimeSpan Sensible(TimeSpan least) => least >= TimeSpan.FromMinutes(1) && least < TimeSpan.FromMinutes(30) ? TimeSpan.FromMinutes(30)
        : least < TimeSpan.FromSeconds(30) ? TimeSpan.FromSeconds(30) : least;

    private static string WithHint(string problem, DurationShape shape) => shape.Hint is null ? problem : $"{problem}. {shape.Hint.TrimEnd('.')}";

    private object Word(SettingNode node, WordShape shape, KeyPath path)
    {
        if (node.Kind is NodeKind.Text or NodeKind.Loose && shape.Words.TryGetValue(node.Text, out var value))
            return value;
        var near = node.Text.Length == 0 ? null : Nearest.To(node.Text, shape.Words.Keys);
        return Wrong(node, path, $"is not one of {string.Join(", ", shape.Words.Keys)}", $"\"{near ?? shape.Words.Keys.First()}\"");
    }

    private object Free(SettingNode node, KeyPath path)
    {
        if (node.Kind != NodeKind.Object)
            return Wrong(node, path, "is no object", "{ }");
        RefuseInlineSecrets(node, path);
        return node.ToJson()!;
    }

    private void RefuseInlineSecrets(SettingNode node, KeyPath path)
    {
        foreach (var (name, member) in node.Members)
        {
            if (member.Value is { Kind: NodeKind.Text } text && SecretReference.SoundsSecret(name) && SecretReference.Problem(text.Text) is { } problem)
                findings.Add(text.At, path / name, null, "\"env:NAME\" or \"file:NAME\"", problem);
            RefuseInlineSecrets(member.Value, path / name);
        }
    }

    private object Wrong(SettingNode node, KeyPath path, string problem, string? good, bool hidden = false)
    {
        var shown = hidden && node.Kind is not (NodeKind.Object or NodeKind.Array) ? null : node.Shown;
        findings.Add(node.At, path, shown, good, problem);
        return Unfit;
    }
}
