using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Vigil.Chaos.Tests.Support;
using Vigil.Testing.Models;

namespace Vigil.Chaos.Tests.Kills;

/// <summary>One model call as it arrived.</summary>
internal sealed record Asked(string Work, int Step, DateTimeOffset At, string? Illegal);

/// <summary>
/// Plays the same turn for every work, whichever attempt asks: a tool with a lasting effect, a word to the person, a last reply. It keeps when each step was asked for.
/// </summary>
internal sealed class ChaosModel(Random random)
{
    private const int SlowestMs = 40;

    private readonly ConcurrentQueue<Asked> _asked = new();
    private readonly Lock _lock = new();

    public IReadOnlyCollection<Asked> Asked => _asked;

    /// <summary>Works with this word speak by the tool, the others by their last reply.</summary>
    public static bool SpeaksByTool(int work) => work % 2 == 0;

    public static string Prompt(int work) => $"chaos {work}";

    public static string News(string work) => $"News of {work}.";

    public FakeModelReply Answer(FakeModelRequest request)
    {
        // The gateway tells the time after the prompt; what is no prompt of ours asks for a summary.
        var work = request.LastUserText.Split('\n', '[')[0].Trim();
        if (!work.StartsWith("chaos ", StringComparison.Ordinal))
            return FakeModelReply.Say("They talked about news.");
        var step = request.Step();
        _asked.Enqueue(new Asked(work, step, TimeProvider.System.GetUtcNow(), request.Illegal()));
        var number = work.Split(' ')[1];
        var byTool = SpeaksByTool(int.Parse(number, null));
        return (step, byTool) switch
        {
            (1, _) => FakeModelReply.Call("shell", new JsonObject { ["program"] = "sh", ["args"] = new JsonArray("-c", $"echo {number} >> tools.log") }.ToJsonString(), $"tool-{number}"),
            (2, true) => FakeModelReply.Call("notify_user", new JsonObject { ["text"] = News(work) }.ToJsonString(), $"notify-{number}"),
            (_, true) => FakeModelReply.Say($"I told them of {work}."),
            _ => FakeModelReply.Say(News(work)),
        } with { Hold = Task.Delay(TimeSpan.FromMilliseconds(Next(SlowestMs)), TimeProvider.System) };
    }

    private int Next(int below)
    {
        lock (_lock)
            return random.Next(below);
    }
}
