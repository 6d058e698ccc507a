using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Events;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Events;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Streams;
using Vigil.Keys;
using Vigil.Settings;
using Vigil.Time;
using Vigil.Turns;
using Vigil.Work;

namespace Vigil.Gateway.Works;

/// <summary>What <c>POST /api/work</c> takes.</summary>
public sealed record WorkBody
{
    public string? Agent { get; init; }

    public string? Prompt { get; init; }

    public string? Session { get; init; }

    public ContextMode? Context { get; init; }

    public string? Model { get; init; }

    public IReadOnlyList<string>? Tools { get; init; }

    /// <summary>One target or a list of them.</summary>
    public JsonNode? Deliver { get; init; }

    public NotifyPolicy? Notify { get; init; }

    public string? Deadline { get; init; }

    public string? DedupeKey { get; init; }

    public JsonObject? Metadata { get; init; }
}

/// <summary>Works over HTTP: ask for one, look, cancel, retry, follow.</summary>
internal static class WorkEndpoints
{
    private const int MostEvents = 5_000;

    private static readonly string[] s_filters = ["agent", "source", "state", "outcome", "reason", "session", "parent", "from", "to"];

    public static void MapWork(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/work").RequireScope(KeyScopes.Work).WithTags("work");
        group.MapPost("", CreateAsync).WithSummary("Ask for a work; 202 once it is committed. With ?wait=30s the finished work.").Takes<WorkBody>().Produces<WorkView>(202).Produces<WorkView>().ReadsQuery("wait").ReadsHeaders(VigilHeaders.IdempotencyKeyName);
        group.MapGet("", ListAsync).WithSummary("Works, newest first.").Produces<Page<WorkView>>().ReadsList(s_filters);
        group.MapGet("/{id}", ShowAsync).WithSummary("One work with its attempts and steps.").Produces<WorkView>();
        group.MapPost("/{id}/cancel", CancelAsync).WithSummary("Cancel a work that waits or runs.").Produces<WorkView>().Produces<WorkView>(202);
        group.MapPost("/{id}/retry", RetryAsync).WithSummary("Try a failed or cancelled work again under the same id.").Produces<WorkView>(202);
        group.MapGet("/{id}/events", EventsAsync).WithSummary("The work's events as a stream that ends with it.").Produces<VigilEvent>(200, "text/event-stream").ReadsQuery("after").ReadsHeaders("Last-Event-ID");
    }

    private static async Task<IResult> CreateAsync(HttpContext context, WorkRequests requests, WorkIntake intake, IWorkStore store, SpendLimit spend, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await StrictJson.ReadAsync<WorkBody>(context.Request, cancellationToken);
        var caller = Caller.Of(context);
        var key = Key(VigilHeaders.Read(context.Request).IdempotencyKey, body.DedupeKey);
        if (AgentId.TryParse(body.Agent, null, out var named))
            caller.Require(named);
        var (work, faults) = requests.Make(Request(body) with { DedupeKey = key }, WorkSources.Run, caller.Id);
        if (work is null)
            throw new FaultException(Together(faults));
        caller.Require(work.Work.Agent);
        caller.RequireModel(body.Model);
        var wait = WaitQuery.Read(context.Request);
        await spend.RequireAsync(caller, work.Work.Agent, cancellationToken);
        var admission = await intake.AdmitAsync(work, cancellationToken);
        if (admission.Conflict)
        {
            throw new FaultException(new Fault("idempotency_conflict", $"The key '{key}' was used for another work: {admission.Work.Id}.",
                "Send the same request again, or use another key.", "dedupeKey") { Kind = FaultKind.Conflict });
        }
        if (!admission.Created)
            context.Response.Headers["Idempotency-Replayed"] = "true";
        context.Response.Headers.Location = $"/api/work/{admission.Work.Id}";
        var view = wait is { } limit ? await WaitQuery.FinishedAsync(store, admission.Work.Id, limit, time, cancellationToken) : admission.Work;
        return Results.Json(WorkView.Of(view), WireJson.Options, statusCode: view.State == WorkState.Finished && wait is not null ? 200 : 202);
    }

    private static async Task<IResult> ListAsync(HttpContext context, IWorkStore store, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var query = ListQuery.Read(request, s_filters);
        var filter = new WorkFilter
        {
            Agents = AgentsSeen.By(Caller.Of(context), ListQuery.Text(request, "agent")),
            Sources = Many(request, "source"),
            States = Many(request, "state")?.Select(word => Word<WorkState>(word, "state")).ToList(),
            Outcomes = Many(request, "outcome")?.Select(word => Word<Outcome>(word, "outcome")).ToList(),
            Reason = ListQuery.Text(request, "reason"),
            Session = ListQuery.Text(request, "session"),
            ParentId = ListQuery.Text(request, "parent"),
            From = Instant(request, "from"),
            To = Instant(request, "to"),
        };
        var page = await store.ListAsync(filter, query.After, query.Limit, cancellationToken);
        return Results.Json(new Page<WorkView>([.. page.Items.Select(WorkView.Of)], page.Next), WireJson.Options);
    }

    private static async Task<IResult> ShowAsync(HttpContext context, string id, IWorkStore store, IRunStore runs, CancellationToken cancellationToken)
    {
        var work = await FindAsync(context, id, store, cancellationToken);
        return Results.Json(WorkView.Whole(work, await runs.OfWorkAsync(id, cancellationToken)), WireJson.Options);
    }

    private static async Task<IResult> CancelAsync(HttpContext context, string id, IWorkStore store, WorkControl control, TimeProvider time, CancellationToken cancellationToken)
    {
        await FindAsync(context, id, store, cancellationToken);
        if (await control.CancelAsync(id, cancellationToken) == CancelResult.AlreadyFinished)
            throw new FaultException(new Fault("work_finished", $"{id} is finished; it cannot be cancelled.", $"GET /api/work/{id} shows how it ended.") { Kind = FaultKind.Conflict });
        var work = await WaitQuery.FinishedAsync(store, id, TimeSpan.FromSeconds(3), time, cancellationToken);
        return Results.Json(WorkView.Of(work), WireJson.Options, statusCode: work.State == WorkState.Finished ? 200 : 202);
    }

    private static async Task<IResult> RetryAsync(HttpContext context, string id, IWorkStore store, WorkControl control, CancellationToken cancellationToken)
    {
        await FindAsync(context, id, store, cancellationToken);
        if (await control.RetryAsync(id, cancellationToken) == RetryResult.NotRetryable)
        {
            throw new FaultException(new Fault("work_not_retryable", $"{id} did not fail and was not cancelled; only such works can be tried again.",
                "Ask for a new work.") { Kind = FaultKind.Conflict });
        }
        return Results.Json(WorkView.Of((await store.GetAsync(id, cancellationToken))!), WireJson.Options, statusCode: 202);
    }

    private static async Task EventsAsync(HttpContext context, string id, IWorkStore store, IEventLog log, CancellationToken cancellationToken)
    {
        // Before the state: an end that is not in it yet comes after this.
        var newest = (await log.RangeAsync(cancellationToken)).Newest;
        var work = await FindAsync(context, id, store, cancellationToken);
        var after = EventsEndpoints.StartingPoint(context.Request) ?? 0;
        var filter = new EventFilter(Work: id);
        var over = work.State == WorkState.Finished && (await log.ReadAsync(after, 1, filter, cancellationToken)).Count == 0;
        // A work that was tried again has ended before; only its last end closes the stream.
        var end = work.State != WorkState.Finished ? newest + 1 : (await log.ReadAsync(0, MostEvents, filter, cancellationToken)).LastOrDefault(IsTerminal)?.Id ?? 0;
        await SseStream.RunAsync(context, (stream, token) => over ? stream.OpenAsync(token) : EventFeed.FollowAsync(stream, log, after, filter, one => IsTerminal(one) && one.Id >= end, token));
    }

    private static bool IsTerminal(VigilEvent one)
        => one.Type is EventTypes.WorkDone or EventTypes.WorkError or EventTypes.WorkSkipped or EventTypes.WorkCancelled;

    /// <exception cref="FaultException">There is none, or it is not this caller's to see.</exception>
    internal static async Task<AgentWork> FindAsync(HttpContext context, string id, IWorkStore store, CancellationToken cancellationToken)
        => await store.GetAsync(id, cancellationToken) is { } work && Caller.Of(context).MaySee(work.Agent)
            ? work
            : throw new FaultException(new Fault("work_not_found", $"There is no work '{id}'.", "vigil work list shows those that there are (GET /api/work).", "id") { Kind = FaultKind.NotFound });

    private static string? Key(string? header, string? field)
    {
        if (header is not null && field is not null && header != field)
        {
            throw new FaultException(new Fault("two_dedupe_keys", "The header Idempotency-Key and the field dedupeKey are one thing and differ.",
                "Send one of them.", "dedupeKey"));
        }
        return header ?? field;
    }

    private static WorkRequest Request(WorkBody body) => new()
    {
        Agent = body.Agent,
        Prompt = body.Prompt,
        Session = body.Session,
        Context = body.Context,
        Model = body.Model,
        Tools = body.Tools,
        Deliver = Targets(body.Deliver),
        Notify = body.Notify,
        Deadline = Deadline(body.Deadline),
        DedupeKey = body.DedupeKey,
        Metadata = body.Metadata,
    };

    private static IReadOnlyList<string>? Targets(JsonNode? deliver) => deliver switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var one) => [one],
        JsonArray list when list.All(item => item is JsonValue value && value.TryGetValue<string>(out _)) => [.. list.Select(item => item!.GetValue<string>())],
        _ => throw new FaultException(new Fault("bad_field", "The field 'deliver' is neither a target nor a list of targets.", "For example \"owner\" or [\"webhook:phone\"].", "deliver")),
    };

    private static TimeSpan? Deadline(string? text)
    {
        if (text is null)
            return null;
        return DurationText.TryParse(text, out var deadline, out var problem)
            ? deadline
            : throw new FaultException(new Fault("bad_field", $"The deadline {problem}.", $"For example {DurationText.Example}.", "deadline"));
    }

    private static Fault Together(IReadOnlyList<Fault> faults)
        => faults.Count == 1 ? faults[0] : faults[0] with { Message = string.Join(" ", faults.Select(fault => fault.Message)) };

    private static List<string>? Many(HttpRequest request, string name)
        => ListQuery.Text(request, name) is { } text ? [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] : null;

    private static T Word<T>(string word, string name)
        where T : struct, Enum
        => Words.Parse<T>(word) ?? throw new FaultException(new Fault("bad_parameter", $"The parameter '{name}' is '{word}'.", $"Known: {Words.All<T>()}.", name));

    private static DateTimeOffset? Instant(HttpRequest request, string name)
    {
        if (ListQuery.Text(request, name) is not { } text)
            return null;
        return DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var instant)
            ? instant
            : throw new FaultException(new Fault("bad_parameter", $"The parameter '{name}' is '{text}'.", "Send an instant, for example 2026-03-29T00:00:00Z.", name));
    }
}
