using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace Vigil.Gateway.OpenAi;

/// <summary>A tool that the caller answers itself; the model only sees it declared.</summary>
internal sealed partial class CallerTool(string name, string description, JsonElement schema, bool strict) : AIFunctionDeclaration
{
    private static readonly JsonElement s_nothing = JsonElement.Parse("""{ "type": "object", "properties": {} }""");
    private readonly Dictionary<string, object?> _properties = strict ? new() { ["strict"] = true } : [];

    public override string Name => name;

    public override string Description => description;

    public override JsonElement JsonSchema => schema;

    public override IReadOnlyDictionary<string, object?> AdditionalProperties => _properties;

    /// <param name="nested">Chat completions put the function into a field of its own, responses do not.</param>
    public static IReadOnlyList<CallerTool> ReadAll(Field tools, bool nested)
    {
        if (tools.IsAbsent)
            return [];
        if (!tools.IsList)
            throw tools.Bad("is no list", "Send a list of tools.");
        var read = new List<CallerTool>();
        foreach (var tool in tools.Items)
        {
            if (tool["type"].Text() is not "function")
                throw tool["type"].Unsupported("Tools of type 'function' are; the agent brings its own for everything else.");
            var one = Read(nested ? tool["function"] : tool);
            if (read.Any(other => other.Name == one.Name))
                throw tool.Bad($"has the name '{one.Name}' of another", "Give each tool a name of its own.");
            read.Add(one);
        }
        return read;
    }

    /// <summary>None for <c>none</c>: what the caller's tools may not do is not offered, and the agent's own stay.</summary>
    public static (IReadOnlyList<CallerTool> Offered, ChatToolMode? Mode) Choose(Field choice, IReadOnlyList<CallerTool> tools)
    {
        if (choice.IsAbsent)
            return (tools, null);
        if (choice.IsText)
        {
            return choice.Value.GetString() switch
            {
                "auto" => (tools, null),
                "none" => ([], null),
                "required" when tools.Count > 0 => (tools, ChatToolMode.RequireAny),
                "required" => throw choice.Bad("asks for a tool, and there is none", "Send 'tools' too."),
                _ => throw choice.Bad("is unknown", "Known: auto, none, required, or one function by name."),
            };
        }
        var name = choice["function"] is { IsAbsent: false } function ? function["name"].Text() : choice["name"].Text();
        return tools.Any(tool => tool.Name == name) ? (tools, ChatToolMode.RequireSpecific(name!)) : throw choice.Bad($"names the unknown tool '{name}'", "Name one of 'tools'.");
    }

    private static CallerTool Read(Field function)
    {
        var name = function["name"].RequiredText();
        if (!LegalName().IsMatch(name))
            throw function["name"].Bad("is no name of a tool", "Use 1-64 of a-z, A-Z, 0-9, '_' and '-'.");
        var parameters = function["parameters"];
        if (!parameters.IsAbsent && !parameters.IsObject)
            throw parameters.Bad("is no object", "Send a JSON Schema.");
        return new CallerTool(name, function["description"].Text() ?? "", parameters.IsAbsent ? s_nothing : parameters.Value, function["strict"].Flag() ?? false);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex LegalName();
}
