using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Notify;

namespace Vigil.Channels;

/// <summary>
/// POSTs a notification as JSON. Settings: <c>url</c>, <c>secret</c> (a reference), <c>allowPrivate</c>. Signed with
/// <c>X-Vigil-Signature: v1=hex(HMAC-SHA256(secret, timestamp.body))</c>; the delivery id travels as <c>Idempotency-Key</c>. Only a 2xx is a receipt.
/// </summary>
internal sealed class WebhookChannel(OutsideHttp http, TimeProvider time) : IChannel
{
    public string Kind => "webhook";

    public bool RecognisesRepeats(JsonObject settings) => settings["idempotent"]?.GetValue<bool>() ?? true;

    public string? Check(JsonObject settings) => OutsideHttp.CheckUrl(settings);

    public async Task<SendResult> SendAsync(Outgoing outgoing, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            id = outgoing.Notification.Id,
            delivery = outgoing.Delivery.Id,
            agent = outgoing.Notification.Agent.Value,
            work = outgoing.Notification.WorkId,
            text = outgoing.Notification.Text,
            urgency = outgoing.Notification.Urgency.ToString().ToLowerInvariant(),
            topic = outgoing.Notification.Topic,
            createdAt = outgoing.Notification.CreatedAt,
            to = outgoing.Rest,
            chat = outgoing.Chat,
            thread = outgoing.Thread,
        }, JsonSerializerOptions.Web);
        using var request = new HttpRequestMessage(HttpMethod.Post, outgoing.Settings["url"]!.GetValue<string>()) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("Idempotency-Key", outgoing.Delivery.Id);
        if (outgoing.Settings["secret"] is not null)
        {
            if (outgoing.Secret("secret") is not { } secret)
                return new SendResult.Failed("The webhook's secret cannot be resolved; vigil doctor names it.");
            var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            request.Headers.Add("X-Vigil-Timestamp", timestamp);
            byte[] signed = [.. Encoding.UTF8.GetBytes(timestamp + "."), .. body];
            request.Headers.Add("X-Vigil-Signature", "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)));
        }
        return await http.SendAsync(request, OutsideHttp.AllowsPrivate(outgoing.Settings), cancellationToken);
    }
}
