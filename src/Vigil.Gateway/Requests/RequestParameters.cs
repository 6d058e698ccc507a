using Microsoft.AspNetCore.Builder;

namespace Vigil.Gateway.Requests;

/// <summary>The query parameters and headers that an endpoint reads by itself, for the API's description.</summary>
internal sealed record RequestParameters(IReadOnlyList<string> Query, IReadOnlyList<string> Headers);

internal static class RequestParametersExtensions
{
    /// <summary>Headers that choose agent, conversation and model.</summary>
    private static readonly string[] s_turn =
    [
        VigilHeaders.SessionIdName, VigilHeaders.ChatIdName, VigilHeaders.UserIdName, VigilHeaders.ThreadIdName, VigilHeaders.ModelName, VigilHeaders.IdempotencyKeyName,
    ];

    public static TBuilder ReadsQuery<TBuilder>(this TBuilder builder, params string[] names)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new RequestParameters(names, []));

    /// <summary>A list: <c>limit</c>, <c>after</c> and its filters.</summary>
    public static TBuilder ReadsList<TBuilder>(this TBuilder builder, params string[] filters)
        where TBuilder : IEndpointConventionBuilder
        => builder.ReadsQuery([.. filters, "limit", "after"]);

    public static TBuilder ReadsHeaders<TBuilder>(this TBuilder builder, params string[] names)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new RequestParameters([], names));

    public static TBuilder ReadsTurnHeaders<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
        => builder.ReadsHeaders(s_turn);
}
