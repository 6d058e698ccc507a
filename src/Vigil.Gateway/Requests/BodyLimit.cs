using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;

namespace Vigil.Gateway.Requests;

/// <summary>How large a body may be. Kestrel stops reading at the limit, with or without a length header.</summary>
public static class BodyLimit
{
    public const long Default = 1024 * 1024;

    public const long OpenAi = 20 * 1024 * 1024;

    public const long Hooks = 256 * 1024;

    public static TBuilder WithBodyLimit<TBuilder>(this TBuilder builder, long bytes)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new Limit(bytes));

    private sealed record Limit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
