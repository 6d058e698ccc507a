using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Notify;

namespace Vigil.Channels;

/// <summary>Starts a program that gets the notification as JSON on its standard input. Settings: <c>argv</c>. Exit code 0 is the receipt; its environment holds nothing but PATH and HOME.</summary>
internal sealed class CommandChannel : IChannel
{
    private const int ErrorCap = 300;

    public string Kind => "command";

    public bool RecognisesRepeats(JsonObject settings) => settings["idempotent"]?.GetValue<bool>() ?? false;

    public string? Check(JsonObject settings)
        => settings["argv"] is JsonArray { Count: > 0 } argv && argv.All(word => word is JsonValue value && value.TryGetValue<string>(out _))
            ? null
            : "\"argv\" must be a list of words, for example [\"notify-send\", \"Vigil\"].";

    public async Task<SendResult> SendAsync(Outgoing outgoing, CancellationToken cancellationToken)
    {
        var argv = outgoing.Settings["argv"]!.AsArray().Select(word => word!.GetValue<string>()).ToList();
        var start = new ProcessStartInfo(argv[0], argv.Skip(1)) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var name in start.Environment.Keys.Where(name => name is not ("PATH" or "HOME" or "LANG")).ToList())
            start.Environment.Remove(name);
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception missing)
        {
            return new SendResult.Refused($"'{argv[0]}' cannot be started: {missing.Message}.");
        }
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            await WriteAsync(process, outgoing, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            await output;
            var error = (await errors).Trim();
            return process.ExitCode == 0
                ? new SendResult.Delivered("exit 0")
                : new SendResult.Failed($"'{argv[0]}' ended with exit code {process.ExitCode}. {error[..Math.Min(error.Length, ErrorCap)]}".Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static async Task WriteAsync(Process process, Outgoing outgoing, CancellationToken cancellationToken)
    {
        var notification = outgoing.Notification;
        try
        {
            await JsonSerializer.SerializeAsync(process.StandardInput.BaseStream, new
            {
                id = notification.Id,
                delivery = outgoing.Delivery.Id,
                agent = notification.Agent.Value,
                work = notification.WorkId,
                text = notification.Text,
                urgency = notification.Urgency.ToString().ToLowerInvariant(),
                topic = notification.Topic,
                createdAt = notification.CreatedAt,
            }, JsonSerializerOptions.Web, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program did not care for its input; its exit code says what came of it.
        }
    }
}
