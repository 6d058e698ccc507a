using NodaTime;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Models;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Tools;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Cron;

/// <summary>Checks what is asked for and makes the schedule of it. All that is wrong comes back together and nothing is stored.</summary>
internal sealed class ScheduleRequests(IAgentRegistry agents, ISettings settings, Targets targets, ToolCatalog catalog, TimeProvider time)
{
    private const int NameCap = 64;
    private const int PromptCap = 200_000;
    private const int MostMissed = 1000;

    private static readonly TimeSpan s_longestDeadline = TimeSpan.FromHours(24);

    /// <param name="before">The schedule that is edited; its id, history and, unless the request says a time, its slots are kept.</param>
    public async Task<(Schedule? Schedule, IReadOnlyList<Fault> Faults)> MakeAsync(ScheduleRequest request, Schedule? before, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>(request.Faults);
        var agent = before?.Agent ?? AgentId.Main;
        var profile = Profile(before?.Agent.Value ?? request.Agent ?? settings.Current.DefaultAgent, ref agent, faults);
        CheckTexts(request, faults);
        if (profile is not null && request.Model is { } model)
            CheckModel(profile, model, faults);
        if (profile is not null && request.Tools is { Count: > 0 } tools)
            await CheckToolsAsync(profile, tools, faults, cancellationToken);
        CheckTargets(request, faults);
        var session = request.Session is { } named ? Session(named, agent, faults) : null;
        var now = time.GetUtcNow();
        var when = When(request, before, profile, now, faults);
        if (faults.Count > 0 || when is null)
            return (null, faults);
        var schedule = new Schedule
        {
            Id = before?.Id ?? NewId.Make(Schedule.IdPrefix, time),
            Agent = agent,
            Name = request.Name!.Trim(),
            When = when.ToStored(),
            Prompt = request.Prompt!,
            Session = session,
            Model = request.Model,
            Tools = request.Tools,
            Deliver = request.Deliver ?? [Targets.Owner],
            Notify = request.Notify ?? NotifyPolicy.Always,
            Missed = request.Missed ?? MissedPolicy.Once,
            MissedCap = request.MissedCap ?? Schedule.DefaultCap,
            Overlap = request.Overlap ?? OverlapPolicy.Skip,
            Deadline = request.Deadline,
            Origin = request.Origin,
            NextAt = when.First(Instant.FromDateTimeOffset(now))?.At.ToDateTimeOffset(),
            CreatedAt = now,
            UpdatedAt = now,
        };
        return (schedule, []);
    }

    /// <summary>The zone of schedules that name none.</summary>
    public DateTimeZone DefaultZone(AgentProfile? profile)
        => Zones.TryFind(profile?.Timezone ?? settings.Current.Timezone, out var zone, out _) ? zone : Zones.Host();

    private AgentProfile? Profile(string name, ref AgentId agent, List<Fault> faults)
    {
        if (!AgentId.TryParse(name, null, out var named))
        {
            faults.Add(new Fault("agent_not_found", $"'{name}' is no agent id.", AgentId.HintFor(name), "agent") { Kind = FaultKind.NotFound });
            return null;
        }
        agent = named;
        var lookup = agents.Find(agent);
        if (lookup.Unknown is { } unknown)
            faults.Add(unknown with { Parameter = "agent" });
        else if (lookup.Broken is { } broken)
            faults.Add(new Fault("agent_broken", broken[0].ToString(), "Mend the file; vigil doctor lists everything that is wrong.", "agent") { Kind = FaultKind.Conflict });
        return lookup.Profile;
    }

    private static void CheckTexts(ScheduleRequest request, List<Fault> faults)
    {
        var name = request.Name?.Trim();
        if (string.IsNullOrEmpty(name))
            faults.Add(new Fault("name_missing", "The name is missing or blank.", "Give it a short name, for example \"morning\".", "name"));
        else if (name.Length > NameCap || name.Any(char.IsControl) || name.StartsWith(Schedule.IdPrefix, StringComparison.Ordinal))
            faults.Add(new Fault("name_invalid", $"The name '{name}' cannot be used.", $"Take at most {NameCap} characters, no control characters, and not the beginning '{Schedule.IdPrefix}' of ids.", "name"));
        if (string.IsNullOrWhiteSpace(request.Prompt))
            faults.Add(new Fault("prompt_missing", "The prompt is missing or blank.", "Say in \"prompt\" what the agent shall do.", "prompt"));
        else if (request.Prompt.Length > PromptCap)
            faults.Add(new Fault("prompt_too_long", $"The prompt has {request.Prompt.Length} characters; at most {PromptCap} are taken.", null, "prompt"));
        if (request.MissedCap is { } cap and (< 1 or > MostMissed))
            faults.Add(new Fault("missed_cap_invalid", $"The cap of missed slots is {cap}.", $"Take 1 to {MostMissed}.", "missedCap"));
        if (request.Deadline is { } deadline && (deadline <= TimeSpan.Zero || deadline > s_longestDeadline))
            faults.Add(new Fault("deadline_invalid", $"The deadline '{DurationText.Format(deadline < TimeSpan.Zero ? TimeSpan.Zero : deadline)}' is out of range.", "Take more than 0s and at most 24h, for example 5m.", "deadline"));
    }

    private static void CheckModel(AgentProfile profile, string model, List<Fault> faults)
    {
        try
        {
            ModelChooser.Check(profile, model);
        }
        catch (FaultException unusable)
        {
            faults.Add(unusable.Fault);
        }
    }

    private async Task CheckToolsAsync(AgentProfile profile, IReadOnlyList<string> wanted, List<Fault> faults, CancellationToken cancellationToken)
    {
        var run = new RunContext { Profile = profile, Session = SessionKey.Main(profile.Id), RunId = "", Source = WorkSources.Cron };
        var known = (await catalog.ForAsync(run, null, [], cancellationToken)).Select(tool => tool.Definition.Name).ToList();
        foreach (var name in wanted)
        {
            // A server that does not answer now names its tools later; that the agent has the server is what can be known.
            if (name == "notify_user" || known.Any(tool => Glob.Matches(name, tool)) || (name.Split("__", 2) is [var server, _] && profile.Mcp.ContainsKey(server)))
                continue;
            var near = Nearest.To(name, known);
            faults.Add(new Fault("tool_unknown", $"Agent {profile.Id} has no tool '{name}', and a schedule cannot give it one.",
                near is null ? $"It has: {string.Join(", ", known)}." : $"Did you mean '{near}'?", "tools"));
        }
    }

    private void CheckTargets(ScheduleRequest request, List<Fault> faults)
    {
        if (request.Deliver is { Count: 0 })
            faults.Add(new Fault("target_missing", "The list of targets is empty.", "Say \"none\" when nothing shall be delivered.", "deliver"));
        foreach (var target in request.Deliver ?? [])
        {
            if (targets.Check(target) is { } problem)
                faults.Add(new Fault("target_unknown", problem, null, "deliver"));
            if (target == Targets.Origin && request.Origin is null)
                faults.Add(new Fault("origin_unknown", "The target 'origin' is where a schedule was made in a chat, and this one is not made in a chat.", "Name the target: owner, inbox, or a channel target.", "deliver"));
        }
        if (request.Deliver is { Count: > 1 } many && many.Contains(Targets.None))
            faults.Add(new Fault("target_invalid", "The target 'none' cannot stand beside others.", "Leave it out.", "deliver"));
        if (request.Origin is { } origin && (origin is Targets.Origin or Targets.Owner or Targets.Inbox or Targets.None || targets.Check(origin) is not null))
            faults.Add(new Fault("origin_invalid", targets.Check(origin) ?? $"'{origin}' is no channel target.", null, "origin"));
    }

    private static string? Session(string named, AgentId agent, List<Fault> faults)
    {
        if (named == "main")
            return SessionKey.Main(agent).Value;
        try
        {
            if (!named.StartsWith("agent:", StringComparison.Ordinal))
                return SessionKey.For(agent, "cron", named).Value;
            if (SessionKey.Parse(named).Agent == agent)
                return named;
            faults.Add(new Fault("session_of_another_agent", $"The session '{named}' belongs to another agent than '{agent}'.", $"Name a session of its own: agent:{agent}:main.", "session"));
        }
        catch (FormatException invalid)
        {
            faults.Add(new Fault("session_invalid", invalid.Message, $"A good one is agent:{agent}:main.", "session"));
        }
        return null;
    }

    private ScheduleTime? When(ScheduleRequest request, Schedule? before, AgentProfile? profile, DateTimeOffset now, List<Fault> faults)
    {
        if (request.Schedule is null && before is not null)
        {
            var (kept, unreadable) = before.ReadTime();
            if (unreadable is not null)
                faults.Add(unreadable);
            return kept;
        }
        var reading = (request.Schedule ?? new ScheduleSpec()).Read(Instant.FromDateTimeOffset(now), DefaultZone(profile));
        faults.AddRange(reading.Faults);
        return reading.Time;
    }
}
