using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Notify;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Turns;

namespace Vigil.Work;

/// <summary>A work as a caller asks for it: <c>POST /api/work</c>, <c>POST /hooks/task</c>.</summary>
public sealed record WorkRequest
{
    public string? Agent { get; init; }

    public string? Prompt { get; init; }

    public string? Session { get; init; }

    public ContextMode? Context { get; init; }

    public string? Model { get; init; }

    public IReadOnlyList<string>? Tools { get; init; }

    public IReadOnlyList<string>? Deliver { get; init; }

    public NotifyPolicy? Notify { get; init; }

    public TimeSpan? Deadline { get; init; }

    public string? DedupeKey { get; init; }

    public JsonObject? Metadata { get; init; }
}

/// <summary>Checks a request and makes the work of it. All that is wrong comes back together.</summary>
public sealed class WorkRequests(IAgentRegistry agents, ISettings settings, Targets targets, TimeProvider time)
{
    private const int PromptCap = 200_000;
    private const int KeyCap = 255;

    private static readonly TimeSpan s_longestDeadline = TimeSpan.FromHours(24);

    /// <param name="origin">Whose work it is: dedupe keys of two origins do not meet.</param>
    public (NewWork? Work, IReadOnlyList<Fault> Faults) Make(WorkRequest request, string source, string origin)
    {
        var faults = new List<Fault>();
        var agent = Agent(request, faults, out var profile);
        if (string.IsNullOrWhiteSpace(request.Prompt))
            faults.Add(new Fault("prompt_missing", "The prompt is missing or blank.", "Say in \"prompt\" what the agent shall do.", "prompt"));
        else if (request.Prompt.Length > PromptCap)
            faults.Add(new Fault("prompt_too_long", $"The prompt has {request.Prompt.Length} characters; at most {PromptCap} are taken.", null, "prompt"));
        if (profile is not null && request.Model is not null)
            Collect(() => ModelChooser.Check(profile, request.Model), faults);
        foreach (var target in request.Deliver ?? [])
        {
            if (targets.Check(target) is { } problem)
                faults.Add(new Fault("target_unknown", problem, null, "deliver"));
        }
        if (request.Deadline is { } deadline && (deadline <= TimeSpan.Zero || deadline > s_longestDeadline))
            faults.Add(new Fault("deadline_invalid", $"The deadline '{DurationText.Format(deadline)}' is out of range.", "Take more than 0s and at most 24h, for example \"5m\".", "deadline"));
        if (request.DedupeKey is { } key && (key.Length is 0 or > KeyCap || key.Any(c => c is < '!' or > '~')))
            faults.Add(new Fault("dedupe_key_invalid", $"The dedupe key must be 1-{KeyCap} visible ASCII characters.", null, "dedupeKey"));

        var id = NewId.Work(time);
        var session = SessionKey.For(agent, "work", id);
        if (request.Session is { } named)
            session = Session(named, agent, faults);
        if (faults.Count > 0)
            return (null, faults);

        var now = time.GetUtcNow();
        var policy = request.Notify ?? (source == WorkSources.Run ? NotifyPolicy.Silent : NotifyPolicy.Gated);
        return (new NewWork(new AgentWork
        {
            Id = id,
            Agent = agent,
            Source = source,
            Origin = origin,
            Prompt = request.Prompt!,
            Session = session,
            Context = request.Context ?? (request.Session is null ? ContextMode.Isolated : ContextMode.Main),
            Model = request.Model,
            ModelDecidedBy = request.Model is null ? null : "request",
            Tools = request.Tools,
            Deliver = request.Deliver ?? [Targets.Owner],
            Notify = policy,
            Deadline = request.Deadline,
            DedupeKey = request.DedupeKey,
            Fingerprint = Fingerprint(request),
            Metadata = request.Metadata ?? [],
            CreatedAt = now,
            DueAt = now,
        }), []);
    }

    private AgentId Agent(WorkRequest request, List<Fault> faults, out AgentProfile? profile)
    {
        profile = null;
        var name = request.Agent ?? settings.Current.DefaultAgent;
        if (!AgentId.TryParse(name, null, out var agent))
        {
            faults.Add(new Fault("agent_not_found", $"'{name}' is no agent id.", AgentId.HintFor(name), "agent") { Kind = FaultKind.NotFound });
            return AgentId.Main;
        }
        var lookup = agents.Find(agent);
        profile = lookup.Profile;
        if (lookup.Unknown is { } unknown)
            faults.Add(unknown with { Parameter = "agent" });
        else if (lookup.Broken is { } broken)
            faults.Add(new Fault("agent_broken", broken[0].ToString(), "Mend the file; vigil doctor lists everything that is wrong.", "agent") { Kind = FaultKind.Conflict });
        return agent;
    }

    private static SessionKey Session(string named, AgentId agent, List<Fault> faults)
    {
        if (named.StartsWith("agent:", StringComparison.Ordinal))
        {
            if (!SessionKey.TryParse(named, out var full))
                faults.Add(new Fault("session_invalid", $"'{named}' is no session key.", $"A good one is agent:{agent}:main.", "session"));
            else if (full.Agent != agent)
                faults.Add(new Fault("session_of_another_agent", $"The session '{named}' belongs to another agent than '{agent}'.", $"Name a session of its own: agent:{agent}:main.", "session"));
            return full;
        }
        try
        {
            return named == "main" ? SessionKey.Main(agent) : SessionKey.For(agent, "api", named);
        }
        catch (FormatException invalid)
        {
            faults.Add(new Fault("session_invalid", invalid.Message, $"A good one is agent:{agent}:main.", "session"));
            return SessionKey.Main(agent);
        }
    }

    private static void Collect(Action check, List<Fault> faults)
    {
        try
        {
            check();
        }
        catch (FaultException fault)
        {
            faults.Add(fault.Fault);
        }
    }

    // The key itself is not part of it: the same request by header or by field is the same request.
    private static string Fingerprint(WorkRequest request)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(request with { DedupeKey = null }, JsonSerializerOptions.Web))));
}
