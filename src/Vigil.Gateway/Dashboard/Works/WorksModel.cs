using Microsoft.Extensions.AI;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Notify;
using Vigil.Tools.Source;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Works;

/// <param name="Problem">What is wrong with a filter as somebody typed it.</param>
public sealed record WorksModel(IReadOnlyList<AgentWork> Items, string? Next, IReadOnlyList<string> Agents, PageQuery Query, string? Problem);

/// <summary>One work in full.</summary>
/// <param name="Name">The agent's, or its id.</param>
public sealed record WorkModel(AgentWork Work, string Name, IReadOnlyList<RunRecord> Runs, IReadOnlyList<WhyLine> Why, IReadOnlyList<Notification> Notifications)
{
    /// <summary>The run that a smaller model handed the last attempt over to; null when it did not.</summary>
    public RunRecord? HandedOver => Runs is [.., var before, var last] && before.Start.Attempt == last.Start.Attempt && before.Start.ModelAsked != last.Start.ModelAsked ? last : null;

    /// <summary>In the words of the smaller model.</summary>
    public string? WhyHandedOver => HandedOver is not null
        && Runs[^2].Steps.SelectMany(step => step.Message.Contents.OfType<FunctionCallContent>()).LastOrDefault(call => call.Name == SourceTools.Escalate.Definition.Name) is { Arguments: { } said }
        && said.TryGetValue("reason", out var reason)
            ? reason?.ToString()
            : null;
}
