using Microsoft.AspNetCore.Builder;

namespace Vigil.Gateway.Requests;

/// <summary>Which type <see cref="StrictJson"/> reads for an endpoint, for the API's description. Unlike the framework's own it does not insist on a content type.</summary>
internal sealed record RequestBodyType(Type Type);

internal static class RequestBodyTypeExtensions
{
    public static TBuilder Takes<TBody, TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new RequestBodyType(typeof(TBody)));

    public static RouteHandlerBuilder Takes<TBody>(this RouteHandlerBuilder builder) => builder.Takes<TBody, RouteHandlerBuilder>();
}
