using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.Auth;

namespace Vigil.Gateway.OpenApi;

/// <summary>The API's own description at <c>/openapi/v1.json</c>.</summary>
internal static class DescriptionSetup
{
    public static void AddVigilOpenApi(this IServiceCollection services) => services.AddSingleton(new Description(services));

    public static void MapDescription(this IEndpointRouteBuilder routes)
        => routes.MapGet("/openapi/v1.json", async (Description description, EndpointDataSource endpoints) => Results.Text(await description.TextAsync(endpoints), "application/json")).ExcludeFromDescription().RequireAnyKey();
}
