using Vigil.Agents;

namespace Vigil.Settings;

/// <summary>
/// Secrets by reference. An agent finds files in <c>secrets/&lt;id&gt;/</c> first and then in <c>secrets/</c>; no other agent's directory is ever looked into,
/// and a reference that leads nowhere stays empty whatever else has a key.
/// </summary>
public sealed class Secrets(VigilHome home) : ISecrets
{
    private const int LongestSecret = 64 * 1024;

    public SecretResult Resolve(string reference, AgentId? agent)
    {
        if (SecretReference.Parse(reference) is not { } parsed)
            return new SecretResult(null, $"A secret {SecretReference.Problem(reference)}.");
        if (!parsed.IsFile)
        {
            return Environment.GetEnvironmentVariable(parsed.Name) is { Length: > 0 } value
                ? new SecretResult(value.Trim(), null)
                : new SecretResult(null, $"The environment variable {parsed.Name} is not set; set it before vigil up.");
        }
        string[] places = agent is { } id ? [Path.Combine(home.AgentSecrets(id), parsed.Name), Path.Combine(home.Secrets, parsed.Name)] : [Path.Combine(home.Secrets, parsed.Name)];
        var file = places.FirstOrDefault(File.Exists);
        if (file is null || file == home.GatewayKeyFile)
            return new SecretResult(null, $"The secret file {Path.GetRelativePath(home.Root, places[0])} does not exist in the home; write the secret into it and chmod 600 it.");
        return Read(file);
    }

    private SecretResult Read(string file)
    {
        var shown = Path.GetRelativePath(home.Root, file);
        try
        {
            if (new FileInfo(file).Length > LongestSecret)
                return new SecretResult(null, $"The secret file {shown} is larger than {LongestSecret / 1024} KiB.");
            var value = File.ReadAllText(file).Trim();
            return value.Length > 0 ? new SecretResult(value, null) : new SecretResult(null, $"The secret file {shown} is empty.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return new SecretResult(null, $"The secret file {shown} cannot be read; check its owner and mode.");
        }
    }
}
