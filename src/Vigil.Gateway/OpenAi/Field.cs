using System.Globalization;
using System.Text.Json;
using Vigil.Errors;

namespace Vigil.Gateway.OpenAi;

/// <summary>A value of a request body together with where it stands, so that every fault names its place: <c>messages[1].content[0]</c>.</summary>
internal readonly record struct Field(JsonElement Value, string Path)
{
    public bool IsAbsent => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public bool IsText => Value.ValueKind is JsonValueKind.String;

    public bool IsList => Value.ValueKind is JsonValueKind.Array;

    public bool IsObject => Value.ValueKind is JsonValueKind.Object;

    public Field this[string name]
        => new(Value.ValueKind is JsonValueKind.Object && Value.TryGetProperty(name, out var value) ? value : default, Path.Length == 0 ? name : $"{Path}.{name}");

    public IEnumerable<Field> Items
    {
        get
        {
            var path = Path;
            return Value.EnumerateArray().Select((item, i) => new Field(item, $"{path}[{i.ToString(CultureInfo.InvariantCulture)}]"));
        }
    }

    /// <summary>The text; null when the field is absent.</summary>
    public string? Text() => IsAbsent ? null : IsText ? Value.GetString()! : throw Bad("is no text", "Send a string.");

    public string RequiredText() => Text() is { Length: > 0 } text ? text : throw Bad("is missing or empty", "Send a string.");

    public bool? Flag() => IsAbsent ? null : Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Bad("is neither true nor false", "Send true or false."),
    };

    public float? Number(float from, float to)
    {
        if (IsAbsent)
            return null;
        return Value.ValueKind is JsonValueKind.Number && Value.TryGetSingle(out var number) && number >= from && number <= to
            ? number
            : throw Bad("is out of range", string.Create(CultureInfo.InvariantCulture, $"Send a number from {from} to {to}."));
    }

    public long? Whole(long from, long to)
    {
        if (IsAbsent)
            return null;
        return Value.ValueKind is JsonValueKind.Number && Value.TryGetInt64(out var number) && number >= from && number <= to
            ? number
            : throw Bad("is out of range", string.Create(CultureInfo.InvariantCulture, $"Send a whole number from {from} to {to}."));
    }

    public FaultException Bad(string problem, string hint) => new(new Fault("invalid_value", $"'{Path}' {problem}.", hint, Path));

    /// <summary>A parameter that would change the answer and is not served: better refused than quietly dropped.</summary>
    public FaultException Unsupported(string hint) => new(new Fault("unsupported_parameter", $"'{Path}' is not supported.", hint, Path));
}
