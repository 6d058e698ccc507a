using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Vigil.Keys;

namespace Vigil.Gateway.Auth;

/// <summary>What an endpoint asks of its caller. One without it is not reachable.</summary>
internal sealed record EndpointAccess(bool Open, KeyScopes Scope)
{
    /// <summary>Also open to requests that prove themselves in another way.</summary>
    public Func<HttpContext, bool>? OpenWhen { get; init; }
}

/// <summary>Says of an endpoint who may use it.</summary>
public static class EndpointAccessExtensions
{
    /// <summary>Needs a key with this scope. Innermost wins, so an endpoint may differ from its group.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, KeyScopes scope)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new EndpointAccess(false, scope));

    /// <summary>Needs a key with this scope, unless the endpoint itself checks this request: a webhook with a secret of its own.</summary>
    public static TBuilder RequireScopeUnless<TBuilder>(this TBuilder builder, KeyScopes scope, Func<HttpContext, bool> checksItself)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new EndpointAccess(false, scope) { OpenWhen = checksItself });

    /// <summary>Needs any usable key.</summary>
    public static TBuilder RequireAnyKey<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new EndpointAccess(false, KeyScopes.None));

    /// <summary>Open to everybody: health, and what checks its caller itself, such as a signed webhook.</summary>
    public static TBuilder OpenToAll<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new EndpointAccess(true, KeyScopes.None));
}
