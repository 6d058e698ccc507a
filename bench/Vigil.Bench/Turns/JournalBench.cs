using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Bench.Work;
using Vigil.Models;
using Vigil.Sessions;
using Vigil.Turns;

namespace Vigil.Bench.Turns;

/// <summary>What a turn costs the engine alone, on SQLite with a full flush for each step: does it grow with the age of the session?</summary>
internal static class JournalBench
{
    private const int Rounds = 20;
    private const int OldMessages = 2_000;
    private const int Carried = 40;

    public static async Task RunAsync(string[] args)
    {
        var turns = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 30;
        await using var engine = await EngineUnderLoad.OpenAsync(null, withModel: true, slots: 1, Answer);
        await engine.StartAsync();
        Console.WriteLine(FormattableString.Invariant($"{turns} turns each, one after the other; median"));
        foreach (var (what, words) in new[] { ("one model call", "Say something."), ($"{Rounds} tool rounds", "Look at the clock.") })
        {
            // The same age twice: once for compilation.
            foreach (var pass in new[] { "warm", "measured" })
            {
                var fresh = await MeasureAsync(engine, turns, words, $"{pass}-new", 0);
                var old = await MeasureAsync(engine, turns, words, $"{pass}-old", OldMessages);
                if (pass != "measured")
                    continue;
                Print($"{what}, a new session", fresh, fresh);
                Print(FormattableString.Invariant($"{what}, a session of {OldMessages:N0} messages"), old, fresh);
            }
        }
    }

    // A model that asks for the time until it has asked often enough.
    private static ChatMessage Answer(ModelCall call)
    {
        var asked = call.Messages.Reverse().TakeWhile(message => message.Role != ChatRole.User).Count(message => message.Role == ChatRole.Tool);
        return asked < Rounds && call.Messages.Last(message => message.Role == ChatRole.User).Text.Contains("clock", StringComparison.Ordinal)
            ? new ChatMessage(ChatRole.Assistant, [new FunctionCallContent($"call_{asked}", "current_time", new Dictionary<string, object?>())])
            : new ChatMessage(ChatRole.Assistant, "Done.");
    }

    private static async Task<(double Milliseconds, double Kilobytes)> MeasureAsync(EngineUnderLoad engine, int turns, string words, string name, int messages)
    {
        var keys = Enumerable.Range(0, turns).Select(number => SessionKey.For(AgentId.Main, "api", $"{name}{words.Length}-{number}")).ToList();
        if (messages > 0)
        {
            foreach (var key in keys)
                await FillAsync(engine.Get<ISessionStore>(), key, messages);
        }
        var chats = engine.Get<ChatTurns>();
        var taken = new List<double>();
        var before = GC.GetTotalAllocatedBytes();
        foreach (var key in keys)
        {
            var begin = Stopwatch.GetTimestamp();
            var answer = await chats.RunAsync(new ChatRequest { Agent = AgentId.Main, Session = key, Input = [new ChatMessage(ChatRole.User, words)] }, new Unheard(), CancellationToken.None);
            taken.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            if (answer.Turn.End != TurnEnd.Replied)
                throw new InvalidOperationException($"The turn ended as {answer.Turn.End}.");
        }
        taken.Sort();
        return (taken[turns / 2], (GC.GetTotalAllocatedBytes() - before) / 1024.0 / turns);
    }

    private static async Task FillAsync(ISessionStore sessions, SessionKey key, int messages)
    {
        var at = TimeProvider.System.GetUtcNow();
        await sessions.AppendAsync(key, [.. Enumerable.Range(1, messages / 2).SelectMany(turn => new NewSessionMessage[]
        {
            new(at, new ChatMessage(ChatRole.User, $"Question {turn}: how is the weather in the town of number {turn}?")) { ByPerson = true },
            new(at, new ChatMessage(ChatRole.Assistant, $"Answer {turn}: it is neither better nor worse than in the town before.")),
        })], CancellationToken.None);
        await sessions.SaveSummaryAsync(key, 0, messages - Carried, "They talked about the weather in many towns.", CancellationToken.None);
    }

    private sealed class Unheard : ITurnObserver;

    private static void Print(string what, (double Milliseconds, double Kilobytes) measured, (double Milliseconds, double Kilobytes) baseline) => Console.WriteLine(FormattableString.Invariant(
        $"{what,-50} {measured.Milliseconds,7:N2} ms   {measured.Milliseconds / baseline.Milliseconds,5:N2} x   {measured.Kilobytes,7:N0} KB allocated   {measured.Kilobytes / baseline.Kilobytes,5:N2} x"));
}
