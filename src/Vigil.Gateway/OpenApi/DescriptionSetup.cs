using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Vigil.Gateway.Admin;
using Vigil.Gateway.Auth;

namespace Vigil.Gateway.OpenApi;

/// <summary>The API's own description at <c>/openapi/v1.json</c>.</summary>
internal static class DescriptionSetup
{
    public static void AddVigilOpenApi(this IServiceCollection services)
        => services.AddOpenApi("v1", options =>
        {
            options.AddDocumentTransformer(Describe);
            options.AddOperationTransformer(CommonAnswers.AddAsync);
            options.AddOperationTransformer(RouteExamples.AddAsync);
            options.AddSchemaTransformer(Examples.AddAsync);
        });

    public static void MapDescription(this IEndpointRouteBuilder routes) => routes.MapOpenApi("/openapi/{documentName}.json").RequireAnyKey();

    private static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
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
