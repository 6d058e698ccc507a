using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Agents;

/// <summary>Single keys of agent.json for people who do not want to open the file. What is written was read before by the reader that reads it afterwards; nothing else in the file changes, comments neither.</summary>
public sealed class AgentEditor
{
    /// <summary>The keys that can be set here; everything else is for the file.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "name", "model", "timezone", "heartbeat.enabled", "heartbeat.every", "heartbeat.model", "heartbeat.escalate", "heartbeat.activeHours.start", "heartbeat.activeHours.end",
    ];

    private static readonly JsonDocumentOptions s_reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };
    private static readonly JsonSerializerOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly VigilHome _home;
    private readonly SettingsMonitor _settings;
    private readonly ProfileReader _reader;

    internal AgentEditor(VigilHome home, SettingsMonitor settings)
    {
        _home = home;
        _settings = settings;
        _reader = new ProfileReader(home);
    }

    /// <summary>What agent.json itself says of each of <see cref="Keys"/>; null where it says nothing.</summary>
    public AgentFileText Read(AgentId agent)
    {
        var bytes = Bytes(agent);
        JsonObject? tree = null;
        try
        {
            tree = Parse(bytes);
        }
        catch (JsonException)
        {
            // The registry says what is wrong with it; here there is nothing to set.
        }
        return new AgentFileText(
            Keys.ToDictionary(key => key, key => Find(tree, key)), VersionOf(bytes),
            tree is null ? "agent.json cannot be read as JSON; mend the file itself." : null);
    }

    /// <param name="values">Some of <see cref="Keys"/>; null takes a key out, so that it is inherited again.</param>
    /// <param name="version">Of what was read.</param>
    public AgentEdit Save(AgentId agent, IReadOnlyDictionary<string, string?> values, string version)
    {
        lock (_lock)
        {
            var before = Read(agent);
            if (before.Locked is { } locked)
                return new AgentEdit(new Fault("agent_file_locked", locked) { Kind = FaultKind.Conflict }, []);
            if (before.Version != version)
                return new AgentEdit(new Fault("agent_changed", "agent.json was changed meanwhile.", "Look at it again, then save.") { Kind = FaultKind.Conflict }, []);
            var bytes = Bytes(agent);
            foreach (var (key, value) in values.Where(pair => Keys.Contains(pair.Key)))
                bytes = value is null ? SettingsText.Remove(bytes, key.Split('.')) : SettingsText.Set(bytes, key.Split('.'), Json(key, value));
            if (_reader.Read(_settings.Snapshot, agent, bytes).Errors is { Count: > 0 } errors)
                return new AgentEdit(null, errors);
            var text = Encoding.UTF8.GetString(bytes);
            try
            {
                PrivateFiles.Write(_home.AgentFile(agent), text);
            }
            catch (Exception cause) when (HomeFault.IsExpected(cause))
            {
                throw HomeFault.Of(_home.AgentFile(agent), cause);
            }
        }
        _settings.Refresh(agentsChanged: true);
        return new AgentEdit(null, []);
    }

    private static string Json(string key, string value)
        => key == "heartbeat.enabled" && value is "true" or "false" ? value : JsonSerializer.Serialize(value, s_writing);

    private static string? Find(JsonObject? tree, string key)
    {
        JsonNode? node = tree;
        foreach (var name in key.Split('.'))
            node = (node as JsonObject)?[name];
        return node is JsonValue value ? value.ToString() : null;
    }

    private static JsonObject Parse(byte[] bytes)
        => bytes.Length == 0 ? [] : JsonNode.Parse(bytes, documentOptions: s_reading) as JsonObject ?? throw new JsonException("An agent's settings are a JSON object.");

    private static string VersionOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));

    private byte[] Bytes(AgentId agent)
    {
        try
        {
            return File.Exists(_home.AgentFile(agent)) ? File.ReadAllBytes(_home.AgentFile(agent)) : [];
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            throw HomeFault.Of(_home.AgentFile(agent), cause);
        }
    }
}

/// <param name="Locked">Why nothing can be set from here; null when it can.</param>
public sealed record AgentFileText(IReadOnlyDictionary<string, string?> Values, string Version, string? Locked);

/// <summary>Saved when there is neither a fault nor an error.</summary>
/// <param name="Errors">What the reader would refuse, each with its key.</param>
public sealed record AgentEdit(Fault? Fault, IReadOnlyList<SettingsError> Errors)
{
    public bool IsSaved => Fault is null && Errors.Count == 0;
}
