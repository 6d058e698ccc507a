using System.Text;
using System.Text.Json.Nodes;
using Vigil.Notify;

namespace Vigil.Channels;

/// <summary>Push over HTTP in ntfy's style: the text as body, title, priority and tags as headers. Settings: <c>url</c> (with the topic), <c>token</c> (a reference), <c>allowPrivate</c>.</summary>
internal sealed class NtfyChannel(OutsideHttp http) : IChannel
{
    public string Kind => "ntfy";

    public bool RecognisesRepeats(JsonObject settings) => false;

    public string? Check(JsonObject settings) => OutsideHttp.CheckUrl(settings);

    public async Task<SendResult> SendAsync(Outgoing outgoing, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, outgoing.Settings["url"]!.GetValue<string>());
        request.Content = new StringContent(outgoing.Notification.Text, Encoding.UTF8, "text/plain");
        request.Headers.Add("X-Title", $"Vigil: {outgoing.Notification.Agent}");
        request.Headers.Add("X-Priority", outgoing.Notification.Urgency switch { Urgency.Urgent => "5", Urgency.Low => "2", _ => "3" });
        if (outgoing.Settings["token"] is not null)
        {
            if (outgoing.Secret("token") is not { } token)
                return new SendResult.Failed("The push service's token cannot be resolved; vigil doctor names it.");
            request.Headers.Authorization = new("Bearer", token);
        }
        return await http.SendAsync(request, OutsideHttp.AllowsPrivate(outgoing.Settings), cancellationToken);
    }
}
