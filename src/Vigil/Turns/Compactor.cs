using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Ledger;
using Vigil.Models;
using Vigil.Sessions;

namespace Vigil.Turns;

/// <summary>
/// Keeps conversations affordable: once a turn could not carry all that was said since the summary, the older half is folded into it by the agent's model,
/// beside the chat and never in its way. Messages stay in the store; only what a turn carries gets shorter.
/// </summary>
internal sealed class Compactor(ISessionStore sessions, IModelCaller models, ILedger ledger, LedgerClerk clerk, IEventLog events, IHostApplicationLifetime? lifetime, TimeProvider time, ILogger<Compactor> log) : IAsyncDisposable
{
    private const int MessageCap = 4_000;
    private const int PageSize = 200;

    private const string Instructions = """
        You keep the running summary of a conversation between a person and their agent. Write the new summary: what the person wants and likes, decisions,
        facts with names, numbers and dates, and what is still open. Plain text, at most 400 words. Leave out small talk. Do not invent anything.
        """;

    private readonly ConcurrentDictionary<SessionKey, Task> _running = [];

    /// <summary>Starts a compaction unless one of this session is running.</summary>
    public void Start(SessionKey session, AgentProfile profile, ModelChoice choice)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_running.TryAdd(session, ended.Task))
            _ = Task.Run(() => RunAsync(session, profile, choice, ended));
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_running.Values);

    private async Task RunAsync(SessionKey key, AgentProfile profile, ModelChoice choice, TaskCompletionSource ended)
    {
        try
        {
            await CompactAsync(key, profile, choice, lifetime?.ApplicationStopping ?? CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            // The gateway stops; the next turn considers it again.
        }
        catch (Exception failed)
        {
            log.LogWarning(failed, "The conversation {Session} could not be summarised; it is tried again after the next turn.", key);
        }
        finally
        {
            _running.TryRemove(key, out _);
            ended.SetResult();
        }
    }

    private async Task CompactAsync(SessionKey key, AgentProfile profile, ModelChoice choice, CancellationToken cancellationToken)
    {
        if (await sessions.GetAsync(key, cancellationToken) is not { } session)
            return;
        var from = Math.Max(session.SummarySeq, session.ResetSeq);
        var messages = await sessions.ReadAsync(key, from, PageSize, cancellationToken);
        if (messages.Count == 0)
            return;
        var size = messages.Sum(Size);

        var text = new StringBuilder();
        if (session.SummarySeq > session.ResetSeq && session.Summary is { Length: > 0 } summary)
            text.Append("The summary so far:\n").Append(summary).Append("\n\n");
        text.Append("What was said since:\n");
        var upTo = from;
        var folded = 0;
        foreach (var message in messages)
        {
            // The newer half stays word for word; a cut never parts a call from its result, since turns are folded up to the next words of a person.
            if (folded > size / 2 && message.Message.Role == ChatRole.User)
                break;
            folded += Size(message);
            upTo = message.Seq;
            Append(text, message);
        }
        var run = new RunContext { Profile = profile, Session = key, RunId = NewId.Run(time), Source = "summary" };
        var reply = await models.CallAsync(new ModelCall(run, choice,
            [new ChatMessage(ChatRole.System, Instructions), new ChatMessage(ChatRole.User, text.ToString())], new ChatOptions()), null, cancellationToken);
        await ledger.AddAsync(clerk.Entry(run, choice, reply), cancellationToken);
        if (string.IsNullOrWhiteSpace(reply.Message.Text))
            return;
        await sessions.SaveSummaryAsync(key, session.ResetSeq, upTo, reply.Message.Text.Trim(), cancellationToken);
        await events.AppendAsync([new NewEvent(time.GetUtcNow(), EventTypes.SessionSummarised, "gateway", profile.Id.Value, Payload: NewEvent.Json(new { session = key.Value, upTo }))], cancellationToken);
    }

    private static void Append(StringBuilder text, SessionMessage message)
    {
        if (message.Message.Text is not { Length: > 0 } words)
            return;
        text.Append(message.Message.Role == ChatRole.User ? "Person: " : "Agent: ");
        text.Append(words.Length <= MessageCap ? words : string.Concat(words.AsSpan(0, MessageCap), "…")).Append('\n');
    }

    private static int Size(SessionMessage message)
        => message.Message.Contents.Sum(content => content switch
        {
            TextContent text => text.Text.Length,
            FunctionResultContent result => result.Result?.ToString()?.Length ?? 0,
            _ => 100,
        });
}
