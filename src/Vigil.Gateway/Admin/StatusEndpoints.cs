using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Events;
using Vigil.Gateway.Auth;
using Vigil.Keys;
using Vigil.Nodes;
using Vigil.Settings;
using Vigil.Store;
using Vigil.Time;
using Vigil.Work;

namespace Vigil.Gateway.Admin;

internal static class StatusEndpoints
{
    public static void MapStatus(this IEndpointRouteBuilder routes)
        => routes.MapGet("/api/status", StatusAsync).RequireScope(KeyScopes.Admin).WithTags("Gateway").WithSummary("How the gateway is.").Produces<GatewayStatus>();

    private static async Task<IResult> StatusAsync(
        HttpContext context, GatewayLife life, IStore store, NodeSigns nodes, NodeName node, IWorkStore works, IPulse pulse, IEventLog events, ISettings settings, IAgentRegistry agents,
        VigilHome home, TimeProvider time, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        var described = await store.DescribeAsync(cancellationToken);
        return Results.Ok(new GatewayStatus
        {
            Version = GatewayVersion.Text,
            Now = time.GetUtcNow(),
            StartedAt = life.StartedAt,
            TestClock = time is TestClock,
            Home = home.Root,
            Node = node.Value,
            Nodes = await nodes.ListAsync(cancellationToken),
            Works = await works.CountsAsync(cancellationToken),
            Store = described,
            LastPulse = pulse.Last,
            Problem = await pulse.ProblemAsync(cancellationToken),
            Events = await events.RangeAsync(cancellationToken),
            Agents = agents.Ids().Count(caller.MaySee),
            DefaultAgent = settings.Current.DefaultAgent,
            Model = settings.Current.Models.Default ?? life.Model,
            SettingsErrors = [.. settings.Errors.Select(error => error.ToString())],
            MemoryBytes = Environment.WorkingSet,
        });
    }
}

/// <summary>How the gateway stands: what <c>vigil status</c> shows.</summary>
public sealed record GatewayStatus
{
    public required string Version { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The process runs on a test clock, so no instant here is that of the world.</summary>
    public required bool TestClock { get; init; }

    public required string Home { get; init; }

    /// <summary>The process that answers.</summary>
    public required string Node { get; init; }

    public required IReadOnlyList<NodeState> Nodes { get; init; }

    /// <summary>Of all nodes together.</summary>
    public required WorkCounts Works { get; init; }

    public required StoreDescription Store { get; init; }

    public required DateTimeOffset? LastPulse { get; init; }

    public required string? Problem { get; init; }

    public required EventRange Events { get; init; }

    public required int Agents { get; init; }

    /// <summary>Who answers where nobody is named.</summary>
    public required string DefaultAgent { get; init; }

    /// <summary>The model that agents without one of their own use; null when none was found.</summary>
    public required string? Model { get; init; }

    /// <summary>What is wrong in the settings files as they stand now; the last good ones are in force.</summary>
    public required IReadOnlyList<string> SettingsErrors { get; init; }

    public required long MemoryBytes { get; init; }
}

/// <summary>What is known of this process since it started.</summary>
public sealed class GatewayLife(TimeProvider time)
{
    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>The model that was found at start.</summary>
    public string? Model { get; set; }
}

/// <summary>The version of this build.</summary>
public static class GatewayVersion
{
    /// <summary>The version without the build's own suffix.</summary>
    public static string Text { get; } = typeof(GatewayVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
