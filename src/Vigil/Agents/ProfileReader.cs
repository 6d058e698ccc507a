using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vigil.Settings;
using Vigil.Settings.Reading;
using Vigil.Time;

namespace Vigil.Agents;

/// <summary>One reading of an agent.json: a profile, or all that is wrong.</summary>
internal sealed record ProfileReading(AgentProfile? Profile, IReadOnlyList<SettingsError> Errors);

/// <summary>Written code instead of reflection: it runs at every start.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(AgentFile))]
internal sealed partial class AgentFileJson : JsonSerializerContext;

/// <summary>Merges agent.json over what the agent inherits and checks what the result means.</summary>
internal sealed class ProfileReader(VigilHome home)
{
    public const string FileOrigin = "agent.json";

    private static readonly ObjectShape Shape = SettingShape.Of<AgentFile>();

    /// <param name="file">The content of agent.json; null when there is none, which is fine.</param>
    public ProfileReading Read(SettingsSnapshot snapshot, AgentId agent, ReadOnlySpan<byte> file)
    {
        var errors = new List<SettingsError>();
        if (Parse(agent, file, errors) is not { } own)
            return new ProfileReading(null, errors);
        if (own.Members.Count == 0)
            return new ProfileReading(ProfileOf(agent, snapshot.SharedAgent, snapshot.SharedHash, own), []);
        var findings = new Findings(Merge(snapshot, own));
        var merged = snapshot.SharedAgent with { };
        var binder = new Binder(findings);
        foreach (var (name, member) in own.Members)
        {
            if (Shape.Find(name) is { } key)
                key.Property.SetValue(merged, binder.BindKey(findings.Root.Members[name].Value, key));
            else if (name != "$schema")
                findings.Unknown(member.At, KeyPath.Of(name), Shape.Keys.Select(known => known.Name));
        }
        new ProfileRules(findings, merged, own, snapshot.Settings).Check();
        errors.AddRange(findings.Errors);
        errors.Sort(SettingsReader.InOrder);
        return errors.Count == 0 ? new ProfileReading(ProfileOf(agent, merged, HashOf(merged), own), []) : new ProfileReading(null, errors);
    }

    /// <summary>Dotted key of the profile → who set it.</summary>
    public IReadOnlyDictionary<string, string> Origins(SettingsSnapshot snapshot, AgentId agent, ReadOnlySpan<byte> file)
    {
        var own = Parse(agent, file, []) ?? new SettingNode(NodeKind.Object, default);
        var origins = new SortedDictionary<string, string>(StringComparer.Ordinal);
        OriginsOf(Shape, Merge(snapshot, own), KeyPath.Root, origins);
        return origins;
    }

    public static string HashOf(AgentFile settings) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(settings, AgentFileJson.Default.AgentFile)).AsSpan(0, 8));

    private SettingNode? Parse(AgentId agent, ReadOnlySpan<byte> file, List<SettingsError> errors)
    {
        var layer = new SettingsLayer(FileOrigin, home.AgentFile(agent));
        if (file.IsEmpty)
            return new SettingNode(NodeKind.Object, new Place(layer, 1, 1));
        var tree = JsonText.Parse(file, layer, errors);
        if (tree is { Kind: not NodeKind.Object })
            errors.Add(new SettingsError(layer.File, tree.At.Line, tree.At.Column, "", tree.Shown, "{ \"model\": \"openai/gpt-5.4\" }",
                "an agent's settings are a JSON object"));
        return errors.Count == 0 ? tree : null;
    }

    private static SettingNode Merge(SettingsSnapshot snapshot, SettingNode own)
    {
        var (below, above) = (snapshot.AgentBelow, snapshot.AgentAbove);
        if (own.Members.TryGetValue("providers", out var providers))
            (below, above) = OwnCredentials.Guard(providers.Value, below, above);
        return SettingNode.Merge(SettingNode.Merge(below, own), above);
    }

    private static AgentProfile ProfileOf(AgentId agent, AgentFile file, string hash, SettingNode own) => new()
    {
        Id = agent,
        Hash = hash,
        Name = file.Name,
        Model = file.Model,
        ModelDecidedBy = own.Find(["model"]) is { Kind: NodeKind.Text } model && model.Text == file.Model ? "agent" : "default",
        Fallbacks = file.Fallbacks,
        Providers = file.Providers,
        OwnProviders = own.Members.TryGetValue("providers", out var providers) ? [.. providers.Value.Members.Keys] : [],
        Tools = file.Tools,
        Mcp = file.Mcp,
        Skills = file.Skills,
        Heartbeat = file.Heartbeat,
        Budget = file.Budget,
        Turns = file.Turns,
        Sessions = file.Sessions,
        Privacy = file.Privacy,
        Timezone = file.Timezone ?? Zones.Host().Id,
        Probes = file.Probes,
        MayAsk = file.MayAsk,
    };

    private static void OriginsOf(ObjectShape shape, SettingNode? node, KeyPath path, IDictionary<string, string> origins)
    {
        foreach (var key in shape.Keys)
        {
            var value = node?.Members.GetValueOrDefault(key.Name)?.Value;
            if (key.Shape is ObjectShape inner && (value?.Kind == NodeKind.Object || (value is null && key.Default is not null)))
                OriginsOf(inner, value, path / key.Name, origins);
            else if (value is { Kind: NodeKind.Object, Members.Count: > 0 })
                value.CollectOrigins(path / key.Name, origins);
            else
                origins[(path / key.Name).ToString()] = value?.At.Layer.Origin ?? "default";
        }
    }
}
