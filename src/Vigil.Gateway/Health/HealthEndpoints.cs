using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Stopping;
using Vigil.Store;
using Vigil.Time;

namespace Vigil.Gateway.Health;

internal static class HealthEndpoints
{
    // Monitors often ask for the head alone.
    private static readonly string[] s_methods = ["GET", "HEAD"];
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/healthz", s_methods, () => Results.Ok(new Health("ok")))
            .OpenToAll().WithTags("Health").WithSummary("The process lives; nothing more.").Produces<Health>();
        routes.MapMethods("/readyz", s_methods, ReadyAsync)
            .OpenToAll().WithTags("Health").WithSummary("The gateway can serve: store, scheduler, not stopping.").Produces<Readiness>().Produces<Readiness>(503);
    }

    private static async Task<IResult> ReadyAsync(IStore store, IPulse pulse, StopGate gate, TimeProvider time, CancellationToken cancellationToken)
    {
        if (gate.Stopping)
            return Results.Json(new Readiness("stopping", null, null), statusCode: 503);
        var storeProblem = await LookAsync(async token => (await store.CheckAsync(token))?.Message, "The store", time, cancellationToken);
        var clockProblem = await LookAsync(pulse.ProblemAsync, "The scheduler", time, cancellationToken);
        return storeProblem is null && clockProblem is null
            ? Results.Ok(new Readiness("ready", "ok", "ok"))
            : Results.Json(new Readiness("not-ready", storeProblem ?? "ok", clockProblem ?? "ok"), statusCode: 503);
    }

    private static async Task<string?> LookAsync(Func<CancellationToken, Task<string?>> look, string what, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await look(cancellationToken).WaitAsync(s_patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return $"{what} does not answer.";
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The details are in the log of whoever owns it; a probe without a key learns only that it failed.
            return $"{what} failed.";
        }
    }
}

/// <summary>What <c>/healthz</c> answers.</summary>
public sealed record Health(string Status);

/// <summary>Whether the gateway can take work.</summary>
/// <param name="Status">ready, not-ready or stopping.</param>
public sealed record Readiness(string Status, string? Store, string? Scheduler);
