using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Notify;
using Vigil.Sessions;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Inbox;

/// <summary>Which part of the inbox is shown.</summary>
public enum InboxTab
{
    Open,
    All,

    /// <summary>What an agent wanted to say and did not get to say, or not yet.</summary>
    Unsaid,
}

/// <param name="Names">Of the agents that said something here and have one.</param>
public sealed record InboxModel(InboxTab Tab, IReadOnlyList<Notification> Items, string? Next, IReadOnlyList<string> Agents, PageQuery Query, IReadOnlyDictionary<AgentId, string> Names);

/// <summary>One notification with everything that is known of it.</summary>
/// <param name="Why">From its trigger to what became of each delivery.</param>
/// <param name="Since">The conversation from then on.</param>
/// <param name="Open">Words that the agent is answering now.</param>
/// <param name="Fault">Why the last answer did not come.</param>
/// <param name="Name">The agent's, or its id.</param>
public sealed record NotificationModel(Notification Notification, string Name, IReadOnlyList<WhyLine> Why, IReadOnlyList<SessionMessage> Since, RunStart? Open, Fault? Fault);
