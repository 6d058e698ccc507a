using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Vigil.Agents;
using Vigil.Cron;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Dashboard.Parts;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Heartbeat;
using Vigil.Ledger;
using Vigil.Settings;
using Vigil.Work;

namespace Vigil.Gateway.Dashboard.Today;

/// <summary>Reads a day with a handful of queries, whatever happened on it.</summary>
internal sealed class TodayReader(
    IAgentRegistry agents, AgentSearch search, IDayBook book, IHeartbeatStore beats, IScheduleStore schedules, Heartbeats heartbeats, ILedger ledger, SavingsEstimate savings, ISettings settings, ModelDetection detection,
    PageFrames frames, TimeProvider time)
{
    private const int AgentsShown = 20;
    private const int SchedulesRead = 500;
    // A mark is about as wide as ten minutes of a strip: what is closer together would lie on top of each other.
    private static readonly TimeSpan s_grain = TimeSpan.FromMinutes(10);

    /// <param name="day">yyyy-MM-dd; null or what is no day means today.</param>
    /// <param name="find">A part of the ids or names of the agents to show; null means all.</param>
    /// <param name="after">The agent that the part before ended with.</param>
    public async Task<TodayModel> ReadAsync(Caller caller, string? day, string? find, string? after, CancellationToken cancellationToken)
    {
        var zone = frames.Zone;
        var today = Instant.FromDateTimeOffset(time.GetUtcNow()).InZone(zone).Date;
        var date = LocalDatePattern.Iso.Parse(day ?? "") is { Success: true } parsed && parsed.Value <= today ? parsed.Value : today;
        var (start, end) = (zone.AtStartOfDay(date).ToDateTimeOffset(), zone.AtStartOfDay(date.PlusDays(1)).ToDateTimeOffset());
        var all = search.By(caller, find);
        var before = after is null ? 0 : all.TakeWhile(id => string.CompareOrdinal(id.Value, after) <= 0).Count();
        var shown = all.Skip(before).Take(AgentsShown).ToList();
        var marks = (await book.MarksAsync(shown, start, end, s_grain, cancellationToken)).ToLookup(mark => mark.Agent);
        var rows = (await beats.ListAsync(shown, null, AgentsShown, cancellationToken)).Items.ToDictionary(beat => beat.Agent);
        var planned = (await schedules.ListAsync(new ScheduleFilter { Agents = shown }, null, SchedulesRead, cancellationToken)).Items
            .Where(schedule => schedule is { Enabled: true, NextAt: not null }).ToLookup(schedule => schedule.Agent, schedule => schedule.NextAt);
        var iso = date.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);
        var spend = (await ledger.SpendAsync(SpendBy.Agent, iso, iso, caller.Agents, cancellationToken)).ToDictionary(row => row.Group);
        List<AgentDay> days = [];
        foreach (var id in shown)
        {
            var profile = agents.Find(id).Profile;
            var beat = rows.GetValueOrDefault(id);
            days.Add(new AgentDay(id, profile?.Name, profile is null ? agents.Find(id).Fault?.Message : null, Hours(profile, start, end), [.. marks[id]], spend.GetValueOrDefault(id.Value), profile?.Heartbeat.Enabled == true)
            {
                NextBeat = profile?.Heartbeat.Enabled == true && beat is { Enabled: true } ? beat.NextAt : null,
                NextSchedule = planned[id].Min(),
                Pause = await heartbeats.PauseOfAsync(id, cancellationToken),
            });
        }
        return new TodayModel
        {
            Day = date,
            IsToday = date == today,
            Start = start,
            End = end,
            Agents = days,
            Find = find,
            Before = before,
            All = all.Count,
            Next = before + shown.Count < all.Count ? shown[^1].Value : null,
            Previous = before > AgentsShown ? all[before - AgentsShown - 1].Value : null,
            Spend = Sum(spend.Values),
            Savings = await savings.OfAsync(iso, iso, caller.Agents, cancellationToken),
            Setup = agents.Find(AgentId.Parse(settings.Current.DefaultAgent)).Profile is { Model: null } ? await detection.DetectAsync(settings.Current, cancellationToken) : null,
        };
    }

    private static List<(DateTimeOffset From, DateTimeOffset To)> Hours(AgentProfile? profile, DateTimeOffset start, DateTimeOffset end)
    {
        List<(DateTimeOffset, DateTimeOffset)> open = [];
        if (profile is null)
            return open;
        var hours = BeatHours.Of(profile);
        var (at, last) = (Instant.FromDateTimeOffset(start), Instant.FromDateTimeOffset(end));
        while (at < last)
        {
            var from = hours.NextOpening(at);
            if (from >= last)
                break;
            at = hours.NextClosing(from) is { } closing && closing < last ? closing : last;
            open.Add((from.ToDateTimeOffset(), at.ToDateTimeOffset()));
        }
        return open;
    }

    private static SpendRow Sum(IEnumerable<SpendRow> rows) => rows.Aggregate(new SpendRow("", 0, 0, 0, 0, 0, 0, 0), (sum, row) => new SpendRow(
        "", sum.Calls + row.Calls, sum.InputTokens + row.InputTokens, sum.CachedInputTokens + row.CachedInputTokens, sum.OutputTokens + row.OutputTokens,
        sum.CostUsd + row.CostUsd, sum.UnknownCalls + row.UnknownCalls, sum.PrimaryCostUsd + row.PrimaryCostUsd));
}
