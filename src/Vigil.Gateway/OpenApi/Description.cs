using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.OpenApi;
using Vigil.Gateway.Admin;

namespace Vigil.Gateway.OpenApi;

/// <summary>
/// Writes the description when it is first asked for, with services beside the gateway's: most gateways are never asked, and what writes it takes several megabytes and a
/// part of the start.
/// </summary>
/// <param name="registered">What the gateway registers: a parameter of an endpoint that is none of it comes from the request.</param>
internal sealed class Description(IServiceCollection registered)
{
    private const string Name = "v1";

    private readonly Lock _lock = new();
    private Task<string>? _text;

    public Task<string> TextAsync(EndpointDataSource endpoints)
    {
        lock (_lock)
            return _text ??= WriteAsync(endpoints);
    }

    private async Task<string> WriteAsync(EndpointDataSource endpoints)
    {
        var services = new ServiceCollection();
        foreach (var service in registered.Where(service => service.ServiceType != typeof(IServer) && service.ServiceType != typeof(ILoggerProvider)))
            ((ICollection<ServiceDescriptor>)services).Add(IsOurs(service) ? NameOnly(service) : service);
        services.AddSingleton(endpoints);
        services.AddOpenApi(Name, options =>
        {
            options.AddDocumentTransformer(IntroduceAsync);
            options.AddOperationTransformer(CommonAnswers.AddAsync);
            options.AddOperationTransformer(RouteExamples.AddAsync);
            options.AddSchemaTransformer(Examples.AddAsync);
        });
        await using var provider = services.BuildServiceProvider();
        var document = await provider.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name).GetOpenApiDocumentAsync();
        return NullOnce.In(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1));
    }

    // Whether a parameter of an endpoint is a service or comes with the request is known by what is registered. None of ours is made here, nor the server and the log
    // that need them: this container disposes what it made, and settings, for one, are the running gateway's own.
    private static bool IsOurs(ServiceDescriptor service) => service.ServiceType.Namespace?.StartsWith(nameof(Vigil), StringComparison.Ordinal) == true;

    private static ServiceDescriptor NameOnly(ServiceDescriptor service)
        => service.IsKeyedService
            ? ServiceDescriptor.DescribeKeyed(service.ServiceType, service.ServiceKey, (_, _) => throw NotMade(service.ServiceType), service.Lifetime)
            : ServiceDescriptor.Describe(service.ServiceType, _ => throw NotMade(service.ServiceType), service.Lifetime);

    private static InvalidOperationException NotMade(Type service) => new($"The description is written without {service}.");

    private static Task IntroduceAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Vigil",
            Version = GatewayVersion.Text,
            Description = "A self-hosted gateway for proactive AI agents. Under /v1 it speaks OpenAI's API; unknown fields are ignored there and refused elsewhere. "
                + "Lists answer { items, next } and take limit and after. Every answer carries X-Request-Id.",
            License = new OpenApiLicense { Name = "Apache-2.0" },
        };
        // Where it runs is the reader's business: the document is the same everywhere.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [CommonAnswers.Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A key that 'vigil key add' made: vgl_…" },
        };
        return Task.CompletedTask;
    }
}
