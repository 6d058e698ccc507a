using System.Text.Json.Nodes;
using Vigil.Notify;

/// <summary>A way to reach people that the app brings: its own console.</summary>
internal sealed class ConsoleChannel : IChannel
{
    public string Kind => "console";

    public bool RecognisesRepeats(JsonObject settings) => false;

    public string? Check(JsonObject settings) => null;

    public Task<SendResult> SendAsync(Outgoing outgoing, CancellationToken cancellationToken)
    {
        Console.WriteLine($"{outgoing.Notification.Agent}: {outgoing.Notification.Text}");
        return Task.FromResult<SendResult>(new SendResult.Delivered(null));
    }
}
