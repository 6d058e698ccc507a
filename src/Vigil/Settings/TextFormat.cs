namespace Vigil.Settings;

/// <summary>What a text in the settings must look like. Each has one row in a table: check, good value, pattern.</summary>
public enum TextFormat
{
    Any,

    /// <summary>provider/model</summary>
    Model,

    /// <summary>env:NAME or file:NAME; the text itself is never shown, somebody may have put the secret there.</summary>
    Secret,

    /// <summary>Like <see cref="Any"/>, but a value under a name that sounds secret must be a reference.</summary>
    MaybeSecret,
    TimeOfDay,
    EndOfDay,
    Zone,
    Agent,

    /// <summary>An http or https address without credentials.</summary>
    Url,

    /// <summary>An IP address or localhost.</summary>
    Bind,

    /// <summary>inbox, owner, or channel:name.</summary>
    Target,

    /// <summary>Lower case letters, digits, '-' and '_': names of providers, hooks, channels, MCP servers.</summary>
    Name,

    /// <summary>The name of a file, without a path.</summary>
    FileName,

    /// <summary>A name of the database.</summary>
    Identifier,
}

/// <summary>The form of a text, of a list's items or of a map's values.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TextAttribute(TextFormat format) : Attribute
{
    public TextFormat Format { get; } = format;

    /// <summary>A good value to show instead of the format's own.</summary>
    public string? Example { get; init; }

    /// <summary>The only words allowed, if any.</summary>
    public string[]? Words { get; init; }
}

/// <summary>The form of a map's names.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NamesAttribute(TextFormat format) : Attribute
{
    public TextFormat Format { get; } = format;
}

/// <summary>Bounds of a number, both allowed.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BoundsAttribute(double least, double most = double.PositiveInfinity) : Attribute
{
    public double Least { get; } = least;

    public double Most { get; } = most;
}

/// <summary>The shortest duration allowed; without it one second, except where zero has a meaning.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AtLeastAttribute(string duration) : Attribute
{
    public string Duration { get; } = duration;

    /// <summary>Said with the error, for example how to turn the thing off.</summary>
    public string? Hint { get; init; }
}
