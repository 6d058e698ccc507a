using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Notify;
using Vigil.Sessions;

namespace Vigil.Work;

/// <summary>What a finished work leaves in conversations: its turn, if it belongs to one, and what was said to the person, as the agent's own words.</summary>
internal static class WorkMessages
{
    public static IReadOnlyList<(SessionKey Session, IReadOnlyList<NewSessionMessage> Messages)> For(AgentWork work, IWorkSource source, WorkResult result, SpeechResult said, DateTimeOffset now)
    {
        var messages = new List<(SessionKey, IReadOnlyList<NewSessionMessage>)>();
        var kept = result.Turn is not null && result.Outcome is Outcome.Spoke or Outcome.Answered or Outcome.Silent && source.KeepsConversation(work);
        if (kept)
            messages.Add((work.Session, Turn(result.Turn!.Messages, work, now)));
        foreach (var notification in said.Notifications.Where(notification => notification.State == NotificationState.Posted))
        {
            var already = kept && work.Session == SessionKey.Main(work.Agent) && notification.Text == result.Turn!.Text;
            if (!already && Notice(notification, now) is { } notice)
                messages.Add(notice);
        }
        return messages;
    }

    /// <summary>The notification in the agent's main conversation, so that the person can answer it there.</summary>
    public static (SessionKey Session, IReadOnlyList<NewSessionMessage> Messages)? Notice(Notification notification, DateTimeOffset now)
        => (SessionKey.Main(notification.Agent), [new NewSessionMessage(now, new ChatMessage(ChatRole.Assistant, notification.Text), MessageKind.Notice, null, notification.WorkId)]);

    private static List<NewSessionMessage> Turn(IReadOnlyList<ChatMessage> messages, AgentWork work, DateTimeOffset now)
        => [.. messages
            .Select(message => new ChatMessage(message.Role, [.. message.Contents.Where(content => content is not TextReasoningContent)]))
            .Where(message => message.Contents.Count > 0)
            .Select(message => new NewSessionMessage(now, message, MessageKind.Turn, null, work.Id))];
}
