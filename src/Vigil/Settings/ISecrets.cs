using Vigil.Agents;

namespace Vigil.Settings;

/// <summary>Resolves <c>env:NAME</c> and <c>file:NAME</c>. For an agent, a file is looked for in <c>secrets/&lt;id&gt;/</c> first and then in <c>secrets/</c>;
/// another agent's secrets are out of reach, and so is the environment for names that the agent's own settings did not bring along.</summary>
public interface ISecrets
{
    /// <param name="agent">On whose behalf; null for the gateway itself.</param>
    SecretResult Resolve(string reference, AgentId? agent);
}

/// <summary>Either the value, or a sentence that names the reference (never a value) and says how to set it.</summary>
public sealed record SecretResult(string? Value, string? Problem)
{
    public bool Found => Value is not null;

    /// <summary>A secret is not for printing.</summary>
    public override string ToString() => Found ? "(secret)" : Problem ?? "";
}
