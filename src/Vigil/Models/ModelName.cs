using System.Diagnostics.CodeAnalysis;

namespace Vigil.Models;

/// <summary>A model, always written <c>provider/model</c>. The provider is what stands before the first slash; the model may hold more of them.</summary>
public readonly record struct ModelName
{
    private ModelName(string provider, string model)
    {
        Provider = provider;
        Model = model;
    }

    public string Provider { get; }

    public string Model { get; }

    public static bool TryParse([NotNullWhen(true)] string? text, out ModelName name)
    {
        name = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash <= 0 || slash == text!.Length - 1 || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
            return false;
        name = new ModelName(text[..slash], text[(slash + 1)..]);
        return true;
    }

    /// <exception cref="FormatException">The text is not of the form provider/model.</exception>
    public static ModelName Parse(string text)
        => TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is no model name; write provider/model, for example openai/gpt-5.4.");

    public override string ToString() => $"{Provider}/{Model}";
}
