using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Errors;
using Vigil.Gateway.Requests;
using Vigil.Gateway.Works;
using Vigil.Keys;
using Vigil.Settings;
using Vigil.Tasks;
using Vigil.Work;

namespace Vigil.Gateway.Hooks;

/// <summary>Webhooks: 202 with the work once it is committed, never before.</summary>
internal static class HookEndpoints
{
    private const int TasksPerMinute = 30;

    // Paths of their own, which take application/json alone; what they refuse for its type ends up at /hooks/{name}.
    private static readonly string[] s_built = ["task", "wake"];

    private static readonly string[] s_keyNames = ["key", "api_key", "apikey", "token", "access_token", "secret"];

    public static void MapHooks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/hooks").WithBodyLimit(BodyLimit.Hooks).WithTags("hooks");
        group.MapPost("/task", TaskAsync).RequireScope(KeyScopes.Hooks).WithSummary("Ask an agent for something from outside.").Accepts<TaskBody>("application/json").TakesJsonAlone().Produces<WorkView>(202).ReadsHeaders(VigilHeaders.IdempotencyKeyName);
        group.MapPost("/{name}", NamedAsync).RequireScopeUnless(KeyScopes.Hooks, IsSigned).WithSummary("A hook of the settings. With a secret of its own it is signed and needs no key.")
            .Takes<JsonObject>().Produces<WorkView>(202).ReadsHeaders(VigilHeaders.IdempotencyKeyName);
    }

    private static async Task<IResult> TaskAsync(HttpContext context, HookTasks hooks, HookRates rates, ISettings settings, SpendLimit spend, CancellationToken cancellationToken)
    {
        RefuseKeyInQuery(context.Request);
        var caller = Caller.Of(context);
        context.Request.Body = new MemoryStream(await HookBody.ReadAsync(context.Request, cancellationToken));
        var body = await StrictJson.ReadAsync<TaskBody>(context.Request, cancellationToken);
        var key = Key(VigilHeaders.Read(context.Request).IdempotencyKey, body.DedupeKey);
        var agent = body.Agent ?? (caller.Agents is [var only] ? only.Value : null);
        if (AgentId.TryParse(agent, null, out var named))
            caller.Require(named);
        else if (caller.IsLimited)
            throw new FaultException(Caller.NoSuchAgent(agent ?? "(none)"));
        rates.Take($"task:{caller.Id}", TasksPerMinute);
        // A name that is none is reported with all that is wrong, a moment later.
        if (AgentId.TryParse(agent ?? settings.Current.DefaultAgent, null, out var asked))
            await spend.RequireAsync(caller, asked, cancellationToken);
        var answer = await hooks.TaskAsync(new WorkRequest
        {
            Agent = agent,
            Prompt = body.Prompt,
            Session = body.Session,
            Deliver = Targets(body.Deliver),
            Notify = body.Notify,
            DedupeKey = key,
            Metadata = body.Metadata,
        }, caller.Id, cancellationToken);
        return await AnswerAsync(context, answer);
    }

    private static async Task<IResult> NamedAsync(HttpContext context, string name, HookTasks hooks, HookRates rates, ISettings settings, ISecrets secrets, TimeProvider time, CancellationToken cancellationToken)
    {
        RefuseKeyInQuery(context.Request);
        if (s_built.Contains(name, StringComparer.OrdinalIgnoreCase))
            return Results.StatusCode(StatusCodes.Status415UnsupportedMediaType);
        if (!settings.Current.Gateway.Hooks.TryGetValue(name, out var hook))
            throw NoSuchHook(name);
        var caller = Caller.Find(context);
        if (caller is not null && !caller.MaySee(hook.Agent))
            throw NoSuchHook(name);
        var body = await HookBody.ReadAsync(context.Request, cancellationToken);
        if (hook.Secret is not null)
            CheckSignature(context, name, hook, body, secrets, time);
        var payload = HookBody.Json(body);
        rates.Take(name, hook.PerMinute);
        var answer = await hooks.PostAsync(new HookPost(name, hook, payload, body, VigilHeaders.Read(context.Request).IdempotencyKey, header => One(context.Request, header)), cancellationToken);
        return await AnswerAsync(context, answer);
    }

    private static void CheckSignature(HttpContext context, string name, HookSettings hook, byte[] body, ISecrets secrets, TimeProvider time)
    {
        var secret = secrets.Resolve(hook.Secret!, null);
        if (secret.Value is not { Length: > 0 } value)
            throw new FaultException(new Fault("hook_secret_missing", $"The secret of the hook '{name}' is not there.", "Whoever runs this gateway finds what is missing with vigil doctor.") { Kind = FaultKind.Unavailable });
        if (HookSignature.Check(hook.Signature ?? HookSignature.Vigil, value, body, header => One(context.Request, header), time.GetUtcNow()) is { } problem)
            throw new FaultException(new Fault("bad_signature", problem, "Sign the raw body with the hook's secret; docs/webhooks.md shows how.") { Kind = FaultKind.Unauthenticated });
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, HookAnswer answer)
    {
        if (answer.Admission is not { } admission)
        {
            await ErrorList.WriteAsync(context, answer.Faults);
            return Results.Empty;
        }
        var work = admission.Work;
        if (admission.Conflict)
        {
            throw new FaultException(new Fault("idempotency_conflict", $"The key '{work.DedupeKey}' was used here for another body: {work.Id}.", "Send the same body again, or use another key.", "dedupeKey")
            {
                Kind = FaultKind.Conflict,
            });
        }
        if (!admission.Created)
            context.Response.Headers["Idempotency-Replayed"] = "true";
        context.Response.Headers.Location = $"/api/work/{work.Id}";
        return Results.Json(WorkView.Of(work), WireJson.Options, statusCode: 202);
    }

    private static bool IsSigned(HttpContext context)
        => context.Request.RouteValues["name"] is string name
           && ((ISettings?)context.RequestServices.GetService(typeof(ISettings)))?.Current.Gateway.Hooks.TryGetValue(name, out var hook) == true
           && hook.Secret is not null;

    private static void RefuseKeyInQuery(HttpRequest request)
    {
        if (request.Query.Keys.FirstOrDefault(name => s_keyNames.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } name)
            throw new FaultException(new Fault("key_in_query", $"The address has '{name}': a key there ends up in logs.", "Send it as 'Authorization: Bearer …', or sign the post.", name));
    }

    private static string? One(HttpRequest request, string name) => request.Headers.TryGetValue(name, out var values) && values.Count == 1 ? values[0] : null;

    private static string? Key(string? header, string? field)
        => header is null || field is null || header == field
            ? header ?? field
            : throw new FaultException(new Fault("two_dedupe_keys", "The header Idempotency-Key and the field dedupeKey are one thing and differ.", "Send one of them.", "dedupeKey"));

    private static List<string>? Targets(JsonNode? deliver) => deliver switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var one) => [one],
        JsonArray list when list.All(item => item is JsonValue value && value.TryGetValue<string>(out _)) => [.. list.Select(item => item!.GetValue<string>())],
        _ => throw new FaultException(new Fault("bad_field", "The field 'deliver' is neither a target nor a list of targets.", "For example \"owner\" or [\"webhook:phone\"].", "deliver")),
    };

    private static FaultException NoSuchHook(string name) => new(new Fault("hook_not_found", $"There is no hook '{name}'.", "Hooks stand in vigil.json under gateway.hooks.", "name") { Kind = FaultKind.NotFound });
}
