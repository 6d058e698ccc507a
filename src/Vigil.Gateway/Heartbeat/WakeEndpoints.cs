using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Heartbeat;
using Vigil.Keys;
using Vigil.Settings;

namespace Vigil.Gateway.Heartbeat;

/// <summary>What <c>POST /hooks/wake</c> takes.</summary>
internal sealed record WakeBody
{
    /// <summary>Without it the default agent.</summary>
    public string? Agent { get; init; }

    public string? Text { get; init; }

    public bool Urgent { get; init; }
}

/// <param name="Id">The work that looks at it; several wakes may lead to one.</param>
/// <param name="PutOff">Too many wakes within an hour: it is looked at when the hour is over.</param>
internal sealed record WakeView(string Id, string Agent, DateTimeOffset DueAt, bool Joined, bool PutOff);

/// <summary>Events from outside that an agent shall look at soon. The answer comes after the event is kept.</summary>
internal static class WakeEndpoints
{
    public static void MapWake(this IEndpointRouteBuilder routes)
        => routes.MapPost("/hooks/wake", WakeAsync).RequireScope(KeyScopes.Hooks).WithBodyLimit(BodyLimit.Hooks).WithTags("hooks")
            .WithSummary("Wake an agent with an event; 202 once it is kept.").Accepts<WakeBody>("application/json").TakesJsonAlone().Produces<WakeView>(202).ReadsHeaders(VigilHeaders.IdempotencyKeyName);

    private static async Task<IResult> WakeAsync(HttpContext context, IAgentRegistry agents, ISettings settings, Wakes wakes, CancellationToken cancellationToken)
    {
        var body = await StrictJson.ReadAsync<WakeBody>(context.Request, cancellationToken);
        var profile = HeartbeatEndpoints.Profile(context, body.Agent ?? settings.Current.DefaultAgent, agents);
        if (string.IsNullOrWhiteSpace(body.Text))
            throw new FaultException(new Fault("text_missing", "The text is missing or blank.", "Say in \"text\" what happened.", "text"));
        ThrowIfTooLong(body.Text, "text");
        var admission = await wakes.WakeAsync(profile, body.Text, "hook", body.Urgent, KeyOf(context), cancellationToken);
        ThrowIfConflict(admission);
        if (admission.Replayed)
            context.Response.Headers["Idempotency-Replayed"] = "true";
        var work = admission.Work;
        context.Response.Headers.Location = $"/api/work/{work.Id}";
        return Results.Json(new WakeView(work.Id, work.Agent.Value, work.DueAt, admission.Joined, admission.PutOff), WireJson.Options, statusCode: 202);
    }

    /// <summary>The caller's idempotency key; those of two API keys do not meet.</summary>
    public static string? KeyOf(HttpContext context)
        => VigilHeaders.Read(context.Request).IdempotencyKey is { } key ? $"{Caller.Of(context).Id}:{key}" : null;

    /// <exception cref="FaultException">An event that nobody keeps must not be answered as if it were.</exception>
    public static void ThrowIfConflict(WakeAdmission admission)
    {
        if (admission.Conflict)
        {
            throw new FaultException(new Fault("idempotency_conflict", $"The key was used for another event, which led to {admission.Work.Id}.",
                "Send the same event again, or use another key.", "Idempotency-Key") { Kind = FaultKind.Conflict });
        }
    }

    public static void ThrowIfTooLong(string text, string field)
    {
        if (text.Length > Wakes.LongestText)
        {
            throw new FaultException(new Fault("text_too_long", $"The {field} has {text.Length} characters; at most {Wakes.LongestText} are taken.",
                "Send what happened and where to look, not all of it.", field));
        }
    }
}
