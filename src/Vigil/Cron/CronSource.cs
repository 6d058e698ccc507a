using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;
using NodaTime;
using Vigil.Errors;
using Vigil.Models;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Cron;

/// <summary>Works of schedules: tells the model for which slot it runs, and tries again after transient failures of the model.</summary>
internal sealed class CronSource : IWorkSource
{
    private static readonly TimeSpan[] s_retries = [TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(5)];
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);

    public string Name => WorkSources.Cron;

    public ValueTask<IReadOnlyList<ChatMessage>> PromptAsync(WorkContext context, CancellationToken cancellationToken)
    {
        var work = context.Work;
        if (work.Session.Agent != work.Agent)
        {
            throw new FaultException(new Fault("session_of_another_agent", $"The session '{work.Session}' belongs to another agent than '{work.Agent}'.",
                $"Edit the schedule {work.Origin}."));
        }
        return ValueTask.FromResult<IReadOnlyList<ChatMessage>>([new ChatMessage(ChatRole.User, $"{Occasion(context)}\n\n{work.Prompt}")]);
    }

    public TimeSpan? RetryAfter(WorkContext context, ModelFailure failure)
    {
        var tried = context.Work.Gates.Where(verdict => verdict.Gate == RetryVerdict.Name).DistinctBy(verdict => verdict.At).Count();
        if (!failure.IsTransient || tried >= s_retries.Length)
            return null;
        var wait = failure.RetryAfter ?? s_retries[tried];
        return wait < s_longestWait ? wait : s_longestWait;
    }

    private static string Occasion(WorkContext context)
    {
        var work = context.Work;
        var zone = Zone(context);
        var now = Instant.FromDateTimeOffset(context.Now);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"[Schedule '{Fact(work, "schedule")}'. It is {LocalText.In(now, zone)}. ");
        if (work.Slot is not { } slot)
            return text.Append("Somebody asked for this run by hand.]").ToString();
        var planned = Instant.FromDateTimeOffset(slot);
        text.Append(CultureInfo.InvariantCulture, $"This run was planned for {LocalText.In(planned, zone)}");
        if (Fact(work, "planned") is { } skipped)
            text.Append(CultureInfo.InvariantCulture, $", which stands for {skipped}, a time that the clock skips that day");
        var late = now - planned;
        text.Append(late > ScheduleTime.OnTime
            ? $" and is {DurationText.Words(TimeSpan.FromSeconds(Math.Floor(late.TotalSeconds)))} late."
            : " and is on time.");
        if (work.Metadata[SlotWork.MissedKey]?.GetValue<long>() is { } missed and > 1)
            text.Append(CultureInfo.InvariantCulture, $" It is one of {missed} slots that were missed while the gateway was away.");
        return text.Append(']').ToString();
    }

    private static DateTimeZone Zone(WorkContext context)
        => Zones.TryFind(Fact(context.Work, "zone") ?? context.Profile.Timezone, out var zone, out _) ? zone : DateTimeZone.Utc;

    private static string? Fact(AgentWork work, string name) => work.Metadata[name]?.GetValue<string>();
}
