using System.Globalization;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Sessions;

namespace Vigil.Heartbeat.Probes;

/// <summary><c>{ "kind": "inbox-reply" }</c>: the person answered something that the agent had said of its own accord.</summary>
internal sealed class InboxReplyProbe(ISessionStore sessions) : IProbe
{
    private const int TailCharacters = 8_000;

    public string Kind => "inbox-reply";

    public async Task<ProbeReading> ReadAsync(ProbeRequest request, CancellationToken cancellationToken)
    {
        var tail = await sessions.TailAsync(SessionKey.Main(request.Profile.Id), TailCharacters, cancellationToken);
        var notice = tail.Messages.LastOrDefault(message => message.Kind == MessageKind.Notice);
        var answer = notice is null ? null : tail.Messages.FirstOrDefault(message => message.Seq > notice.Seq && message.Kind == MessageKind.Turn && message.Message.Role == ChatRole.User);
        // Without an answer there is nothing to see, and the first look at nothing is no news.
        return answer is null
            ? new ProbeReading(null, "No answer yet.")
            : new ProbeReading(answer.Seq.ToString(CultureInfo.InvariantCulture), $"You had said: {notice!.Message.Text}\nThe person answered: {answer.Message.Text}");
    }
}
