using System.Globalization;
using Vigil.Agents;
using Vigil.Heartbeat;
using Vigil.Time;

namespace Vigil.Tools.Shell;

/// <summary>Tells agents how their commands ended. The command's id is the wake's key, so a report that is tried again after a crash is the same wake.</summary>
internal sealed class CommandReports(ICommandStore store, Wakes wakes, IAgentRegistry agents)
{
    /// <summary>A wake's prompt shows about two thousand characters of an event; the end of the output is what must be among them.</summary>
    private const int OutputShown = 1_500;

    /// <summary>The command's row has its report.</summary>
    public async Task TellAsync(BackgroundCommand command, CancellationToken cancellationToken)
    {
        var agent = agents.Find(command.Agent);
        if (agent.Profile is { } profile)
            await wakes.WakeAsync(profile, command.Report!, BeatState.CommandSource, urgent: false, key: command.Id, cancellationToken);
        else if (agent.Unknown is null)
            return; // Its settings are broken; the next round tries again.
        await store.RemoveAsync(command.Id, cancellationToken);
    }

    public static string Ended(BackgroundCommand command, ProgramEnd end, TimeSpan limit, DateTimeOffset now)
        => Text(command, end.ExitCode is { } code ? $"ended after {Ran(command, now)} with exit code {code}" : $"was stopped: it ran longer than {DurationText.Format(limit)}",
            end.Output, end.DroppedCharacters);

    public static string Stopped(BackgroundCommand command, CappedOutput output, DateTimeOffset now)
        => Text(command, $"was stopped after {Ran(command, now)} because the gateway was stopped", output.Text, output.Dropped);

    public static string Lost(BackgroundCommand command)
        => Text(command, "was lost to a restart of the gateway. How far it came, and whether it still runs, is not known", "", 0);

    /// <summary>The last part of an output, and how much went before it.</summary>
    public static string Tail(string output, long dropped, int most)
    {
        var text = output.TrimEnd();
        if (text.Length > most)
        {
            var from = text.Length - most;
            from += char.IsLowSurrogate(text[from]) ? 1 : 0;
            dropped += from;
            text = text[from..];
        }
        return dropped == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"[cut: {dropped} characters before this]\n{text}");
    }

    private static string Text(BackgroundCommand command, string what, string output, long dropped)
    {
        var tail = Tail(output, dropped, OutputShown);
        return $"Your background command {command.Id} {what}.\nIt was: {command.Line}\n{(tail.Length == 0 ? "" : $"The end of its output:\n{tail}")}".TrimEnd();
    }

    private static string Ran(BackgroundCommand command, DateTimeOffset now)
        => DurationText.Format(TimeSpan.FromSeconds(Math.Max(0, Math.Round((now - command.StartedAt).TotalSeconds))));
}
