using Vigil.Agents;
using Vigil.Routing;

namespace PluginSample;

/// <summary>People of a team talk to the agent of their team: <c>ops-anna</c> to the agent <c>ops</c>, if there is one. Everybody else goes where the routes say.</summary>
internal sealed class TeamSelector(IAgentRegistry agents) : IAgentSelector
{
    public string Name => "team";

    public ValueTask<string?> SelectAsync(SelectorQuestion question, CancellationToken cancellationToken)
    {
        var user = question.Message.UserId ?? "";
        var dash = user.IndexOf('-', StringComparison.Ordinal);
        // Naming an agent that is not there would make the message an error; null leaves it to the next.
        return ValueTask.FromResult(dash > 0 && AgentId.TryParse(user[..dash], null, out var team) && agents.Exists(team) ? team.Value : null);
    }
}
