using System.Text;
using Vigil.Agents;

namespace Vigil.Settings;

/// <summary>Reads secrets anew each time they are needed, so a changed key counts at once and none is kept longer than its use.</summary>
public sealed class Secrets(SettingsInputs inputs, Redaction redaction) : ISecrets
{
    private const int Largest = 64 * 1024;

    public SecretResult Resolve(string reference, AgentId? agent)
    {
        if (SecretReference.Problem(reference) is { } problem)
            return new SecretResult(null, $"A secret {problem}.");
        var secret = SecretReference.Parse(reference)!;
        var result = secret.IsFile ? FromFile(secret, agent) : FromEnvironment(secret);
        if (result.Value is { } value)
            redaction.Add(value);
        return result;
    }

    private SecretResult FromEnvironment(SecretReference secret)
        => inputs.Environment.GetValueOrDefault(secret.Name)?.Trim() is { Length: > 0 } value
            ? new SecretResult(value, null)
            : new SecretResult(null, $"{secret} is empty: set the environment variable {secret.Name} and start Vigil again.");

    private SecretResult FromFile(SecretReference secret, AgentId? agent)
    {
        var shared = Path.Combine(inputs.Home.Secrets, secret.Name);
        var own = agent is { } id ? Path.Combine(inputs.Home.AgentSecrets(id), secret.Name) : null;
        // The gateway's own key opens everything; no agent's settings may send it anywhere.
        if (agent is not null && shared == inputs.Home.GatewayKeyFile)
            return new SecretResult(null, $"{secret} belongs to the gateway; give the agent a secret of its own: {own}.");
        var path = own is not null && File.Exists(own) ? own : shared;
        if (!File.Exists(path))
            return new SecretResult(null, $"{secret} is missing: write the secret to {own ?? shared} (chmod 600).");
        try
        {
            if (PrivateFiles.OpenTo(path) is { } mode)
                return new SecretResult(null, $"{secret} can be read by others (mode {PrivateFiles.Octal(mode)}): chmod 600 {path}.");
            if (new FileInfo(path).Length > Largest)
                return new SecretResult(null, $"{secret} is larger than {Largest / 1024} KiB and no secret: look at {path}.");
            var value = File.ReadAllText(path, Encoding.UTF8).Trim();
            return value.Length > 0 ? new SecretResult(value, null) : new SecretResult(null, $"{secret} is empty: write the secret to {path}.");
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            return new SecretResult(null, $"{secret} cannot be read: {HomeFault.Sentence(cause)} ({path}).");
        }
    }
}
