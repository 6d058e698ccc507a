using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
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
        foreach (var service in registered)
            ((ICollection<ServiceDescriptor>)services).Add(service);
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
        return await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1);
    }

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
