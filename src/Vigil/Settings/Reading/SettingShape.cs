using System.Collections.Concurrent;
using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Time;

namespace Vigil.Settings.Reading;

/// <summary>What may stand at a key, read once from the settings records.</summary>
internal abstract record SettingShape
{
    private static readonly ConcurrentDictionary<Type, ObjectShape> Objects = new();

    public static ObjectShape Of<T>() => Of(typeof(T));

    private static ObjectShape Of(Type type) => Objects.GetOrAdd(type, Read);

    private static ObjectShape Read(Type type)
    {
        var defaults = Activator.CreateInstance(type)!;
        var keys = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .Select(property => new SettingKey(
                JsonNamingPolicy.CamelCase.ConvertName(property.Name),
                property,
                Of(property.PropertyType, property),
                property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "",
                property.GetValue(defaults)))
            .ToList();
        return new ObjectShape(type, keys);
    }

    private static SettingShape Of(Type type, PropertyInfo property)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
            return new TextShape(property.GetCustomAttribute<TextAttribute>() ?? new TextAttribute(TextFormat.Any));
        if (type == typeof(bool))
            return new SwitchShape();
        if (type == typeof(int) || type == typeof(long) || type == typeof(decimal))
            return new NumberShape(type, property.GetCustomAttribute<BoundsAttribute>() ?? new BoundsAttribute(0));
        if (type == typeof(TimeSpan))
            return DurationShape.Of(property.GetCustomAttribute<AtLeastAttribute>());
        if (type.IsEnum)
            return new WordShape(type, Enum.GetNames(type).ToDictionary(JsonNamingPolicy.KebabCaseLower.ConvertName, name => Enum.Parse(type, name)));
        if (type == typeof(JsonObject))
            return new FreeShape();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return new ListShape(type.GetGenericArguments()[0], Of(type.GetGenericArguments()[0], property));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            var value = type.GetGenericArguments()[1];
            return new MapShape(value, Of(value, property), property.GetCustomAttribute<NamesAttribute>()?.Format ?? TextFormat.Any);
        }
        return type.IsClass ? Of(type) : throw new NotSupportedException($"{property.DeclaringType}.{property.Name}: {type} is no type of a setting.");
    }
}

/// <param name="Default">The value in force when the key stands nowhere.</param>
internal sealed record SettingKey(string Name, PropertyInfo Property, SettingShape Shape, string Description, object? Default);

internal sealed record ObjectShape(Type Type, IReadOnlyList<SettingKey> Keys) : SettingShape
{
    private readonly Dictionary<string, SettingKey> _byName = Keys.ToDictionary(key => key.Name);

    public SettingKey? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>As the environment spells it: in any case, with or without underscores.</summary>
    public SettingKey? FindLoosely(string name)
    {
        var wanted = name.Replace("_", "", StringComparison.Ordinal);
        return Keys.FirstOrDefault(key => key.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase));
    }
}

internal sealed record MapShape(Type ValueType, SettingShape Value, TextFormat Names) : SettingShape;

internal sealed record ListShape(Type ItemType, SettingShape Item) : SettingShape;

internal sealed record TextShape(TextAttribute Rule) : SettingShape
{
    public TextForm Form { get; } = TextFormats.Of(Rule.Format);

    public string Example => Rule.Example is { } own ? $"\"{own}\"" : Rule.Words is { } words ? $"\"{words[0]}\"" : Form.Example;
}

internal sealed record SwitchShape : SettingShape;

internal sealed record NumberShape(Type Type, BoundsAttribute Bounds) : SettingShape
{
    public bool Whole => Type != typeof(decimal);
}

internal sealed record DurationShape(TimeSpan Least, string? Hint) : SettingShape
{
    public static DurationShape Of(AtLeastAttribute? rule)
        => DurationText.TryParse(rule?.Duration ?? "1s", out var least, out var problem)
            ? new DurationShape(least, rule?.Hint)
            : throw new InvalidOperationException($"A setting's shortest duration {problem}.");
}

/// <summary>One of a closed list of words.</summary>
internal sealed record WordShape(Type Type, IReadOnlyDictionary<string, object> Words) : SettingShape;

/// <summary>An object that somebody else reads: a channel's or probe's own settings.</summary>
internal sealed record FreeShape : SettingShape;
