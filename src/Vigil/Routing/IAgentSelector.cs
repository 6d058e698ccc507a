using Vigil.Agents;

namespace Vigil.Routing;

/// <summary>
/// Extension: chooses the agent of a message before routes do. Asked in order of registration; the first that names an agent decides.
/// One that throws, takes too long or names an unknown agent makes the message an error, never a fallback.
/// </summary>
public interface IAgentSelector
{
    /// <summary>For explanations and events.</summary>
    string Name => GetType().Name;

    /// <summary>An agent's id, or null or blanks to leave the choice to the next.</summary>
    ValueTask<string?> SelectAsync(SelectorQuestion question, CancellationToken cancellationToken);
}

/// <param name="WouldBe">What the routes, or the default, would choose; null when they cannot.</param>
/// <param name="WouldDecide">route or default.</param>
public sealed record SelectorQuestion(InboundMessage Message, AgentId? WouldBe, string WouldDecide);
