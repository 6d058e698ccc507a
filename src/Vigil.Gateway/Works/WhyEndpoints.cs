using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Keys;
using Vigil.Notify;
using Vigil.Work;

namespace Vigil.Gateway.Works;

/// <summary>Why something came out as it did.</summary>
public sealed record WhyView(string Id, string? Work, IReadOnlyList<WhyLine> Lines);

internal static class WhyEndpoints
{
    public static void MapWhy(this IEndpointRouteBuilder routes)
        => routes.MapGet("/api/why/{id}", WhyAsync).RequireScope(KeyScopes.Work).WithTags("work").WithSummary("Why a work, a notification or a chat turn came out as it did, in plain words.").Produces<WhyView>();

    private static async Task<IResult> WhyAsync(HttpContext context, string id, Why why, IWorkStore works, INotificationStore notifications, CancellationToken cancellationToken)
    {
        if (id.StartsWith("run_", StringComparison.Ordinal))
        {
            if (await why.OfRunAsync(id, cancellationToken) is not { } told || !Caller.Of(context).MaySee(told.Run.Agent))
                throw new FaultException(new Fault("run_not_found", $"There is no run '{id}'.", "An answer names its run in the header X-Vigil-Run.", "id") { Kind = FaultKind.NotFound });
            return Results.Json(new WhyView(id, told.Run.WorkId, told.Lines), WireJson.Options);
        }
        if (!id.StartsWith("ntf_", StringComparison.Ordinal))
        {
            await WorkEndpoints.FindAsync(context, id, works, cancellationToken);
            return Results.Json(new WhyView(id, id, (await why.OfWorkAsync(id, cancellationToken))!), WireJson.Options);
        }
        if (await notifications.GetAsync(id, cancellationToken) is not { } notification || !Caller.Of(context).MaySee(notification.Agent))
            throw new FaultException(new Fault("notification_not_found", $"There is no notification '{id}'.", "vigil inbox list --all shows those that there are (GET /api/inbox).", "id") { Kind = FaultKind.NotFound });
        var lines = notification.WorkId is { } work ? await why.OfWorkAsync(work, cancellationToken) : null;
        return Results.Json(new WhyView(id, notification.WorkId, lines ?? [new WhyLine("trigger", notification.CreatedAt, "The gateway itself posted this.")]), WireJson.Options);
    }
}
