using Vigil.Gateway.Dashboard.Parts;
using Vigil.Notify;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Works;

/// <param name="Problem">What is wrong with a filter as somebody typed it.</param>
public sealed record WorksModel(IReadOnlyList<AgentWork> Items, string? Next, IReadOnlyList<string> Agents, PageQuery Query, string? Problem);

/// <summary>One work in full.</summary>
public sealed record WorkModel(AgentWork Work, IReadOnlyList<RunRecord> Runs, IReadOnlyList<WhyLine> Why, IReadOnlyList<Notification> Notifications);
