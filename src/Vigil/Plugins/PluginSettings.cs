using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Vigil.Settings;

namespace Vigil.Plugins;

/// <summary>
/// What vigil.json says to one plug-in, under <c>pluginSettings</c> and the plug-in's file name. It is read at start; a change counts at the next one. Values under names that
/// sound secret are references (<c>env:NAME</c>, <c>file:NAME</c>); an inline secret is refused with the settings.
/// </summary>
public sealed class PluginSettings
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private readonly ISecrets _secrets;

    /// <summary>For tests of a plug-in as well.</summary>
    public PluginSettings(JsonObject values, ISecrets secrets)
    {
        Values = values;
        _secrets = secrets;
    }

    /// <summary>As written; empty when vigil.json has none.</summary>
    public JsonObject Values { get; }

    /// <summary>The values as a record of the plug-in's own.</summary>
    /// <exception cref="JsonException">An unknown key, a missing or a bad value: the start is refused with what it says.</exception>
    public T Read<T>()
        where T : class
        => Values.Deserialize<T>(s_options) ?? throw new JsonException("The settings are null.");

    /// <summary>The secret that a reference names; null for no reference. Registered with the gateway's redaction, so that no log shows it.</summary>
    /// <exception cref="InvalidOperationException">The reference leads to nothing. The message names it and never a value.</exception>
    public string? Secret(string? reference)
        => reference is null ? null : _secrets.Resolve(reference, null) is { Found: true } found ? found.Value : throw new InvalidOperationException(_secrets.Resolve(reference, null).Problem);
}
