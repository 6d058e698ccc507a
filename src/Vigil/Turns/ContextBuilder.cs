using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;
using NodaTime;
using NodaTime.TimeZones;
using Vigil.Agents;
using Vigil.Sessions;
using Vigil.Settings;
using Vigil.Tools;

namespace Vigil.Turns;

/// <summary>What the model reads, and whether the conversation did not fit, or nearly.</summary>
internal sealed record TurnContext(IReadOnlyList<ChatMessage> Messages, bool IsFull);

/// <summary>
/// Puts together what the model reads: who the agent is, its rules and skills (the same from turn to turn, so that a provider can cache them), then the
/// conversation, then the input with the present time. Order and caps are in docs/context.md.
/// </summary>
internal sealed class ContextBuilder(VigilHome home, ISessionStore sessions, SkillShelf skills, TimeProvider time)
{
    private const int CharactersPerToken = 4;
    private const int LightTailCharacters = 2_000;
    private const int ManyMessages = 150;
    private const string LeftOut = "[Earlier parts of this conversation are left out.]";

    private static volatile WrittenTime? s_lastTime;

    private readonly PromptFiles _files = new(time);

    /// <param name="tailCharacters">How much of the conversation to carry; null means what the profile allows.</param>
    public async Task<TurnContext> BuildAsync(TurnRequest request, IReadOnlyList<string> tools, int? tailCharacters, CancellationToken cancellationToken)
    {
        var messages = new List<ChatMessage> { new(ChatRole.System, System(request, tools)) };
        var isFull = false;
        if (request.Context != ContextMode.Isolated)
        {
            var budget = tailCharacters ?? request.Run.Profile.Turns.ContextTokens * CharactersPerToken;
            if (request.Context == ContextMode.Light)
                budget = Math.Min(budget, LightTailCharacters);
            var tail = await sessions.TailAsync(request.ContextSession ?? request.Run.Session, budget, cancellationToken);
            if (tail.Session?.Summary is { Length: > 0 } summary)
                messages.Add(new ChatMessage(ChatRole.User, $"[Summary of the conversation so far]\n{summary}"));
            else if (tail.Messages is [{ Seq: var first }, ..] && first > (tail.Session?.ResetSeq ?? 0) + 1)
                messages.Add(new ChatMessage(ChatRole.User, LeftOut));
            messages.AddRange(tail.Messages.Select(message => message.Message));
            isFull = tail.Messages.Count >= ManyMessages
                || (tail.Session is { } session && tail.Messages.Count < session.Messages - Math.Max(session.ResetSeq, session.SummarySeq));
        }
        messages.AddRange(WithTime(request.Input, request.Run.Profile.Timezone));
        return new TurnContext(Legal(messages), isFull);
    }

    // Providers refuse a history in which a call stays open or a result answers none. A caller may never bring the result of its own tool, or bring it twice or too late.
    private static List<ChatMessage> Legal(List<ChatMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role == ChatRole.Tool)
            {
                messages.RemoveAt(i--);
                continue;
            }
            if (messages[i].Role != ChatRole.Assistant || !HasCall(messages[i]))
                continue;
            var open = messages[i].Contents.OfType<FunctionCallContent>().Select(call => call.CallId).ToList();
            for (i++; i < messages.Count && messages[i].Role == ChatRole.Tool; i++)
            {
                if (!messages[i].Contents.OfType<FunctionResultContent>().Any(result => open.Remove(result.CallId)))
                    messages.RemoveAt(i--);
            }
            messages.InsertRange(i, open.Select(id => new ChatMessage(ChatRole.Tool, [new FunctionResultContent(id, "Not answered.")])));
            i += open.Count - 1;
        }
        return messages;
    }

    private static bool HasCall(ChatMessage message)
    {
        for (var i = 0; i < message.Contents.Count; i++)
        {
            if (message.Contents[i] is FunctionCallContent)
                return true;
        }
        return false;
    }

    /// <summary>"Friday, 2026-03-27 09:30 (Europe/Berlin, UTC+01:00)".</summary>
    public static string LocalTime(DateTimeOffset instant, string timezone)
    {
        // Written once a minute, not once a turn.
        var minute = instant.ToUnixTimeSeconds() / 60;
        if (s_lastTime is { } last && last.Minute == minute && last.Timezone == timezone)
            return last.Text;
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(timezone) ?? throw new DateTimeZoneNotFoundException(timezone);
        var local = Instant.FromDateTimeOffset(instant).InZone(zone);
        var offset = local.Offset.ToString("+HH:mm", CultureInfo.InvariantCulture);
        var text = $"{local.DayOfWeek}, {local.ToString("uuuu-MM-dd HH:mm", CultureInfo.InvariantCulture)} ({timezone}, UTC{offset})";
        s_lastTime = new WrittenTime(minute, timezone, text);
        return text;
    }

    private string System(TurnRequest request, IReadOnlyList<string> tools)
    {
        var profile = request.Run.Profile;
        var workspace = home.Workspace(profile.Id);
        var light = request.Context == ContextMode.Light;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"You are {profile.Name ?? profile.Id.Value}, an agent of Vigil.\n");
        Append(text, _files.Read(workspace, "SOUL.md"));
        var rules = _files.Read(workspace, "AGENTS.md");
        Append(text, light ? PromptFiles.Section(rules, "heartbeat") : rules);
        if (!light)
        {
            Append(text, _files.Read(workspace, "USER.md"));
            Append(text, _files.Read(workspace, Path.Combine("memory", "MEMORY.md")));
            Append(text, skills.Listing(workspace, profile.Skills));
        }
        if (tools.Count > 0)
            Append(text, Fence.Rule);
        Append(text, request.Instructions);
        while (text.Length > 0 && char.IsWhiteSpace(text[^1]))
            text.Length--;
        return text.ToString();
    }

    private static void Append(StringBuilder text, string? part)
    {
        if (!string.IsNullOrWhiteSpace(part))
            text.Append('\n').Append(part.AsSpan().Trim()).Append('\n');
    }

    // Last, and not kept with the conversation: everything before it stays the same from turn to turn.
    private IEnumerable<ChatMessage> WithTime(IReadOnlyList<ChatMessage> input, string timezone)
    {
        var last = input.Count - 1;
        while (last >= 0 && input[last].Role != ChatRole.User)
            last--;
        for (var i = 0; i < input.Count; i++)
        {
            yield return i == last
                ? new ChatMessage(ChatRole.User, [.. input[i].Contents, new TextContent($"[It is {LocalTime(time.GetUtcNow(), timezone)}.]")])
                : input[i];
        }
    }

    private sealed record WrittenTime(long Minute, string Timezone, string Text);
}
