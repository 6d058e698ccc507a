using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Gateway.Admin;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Requests;
using Vigil.Keys;

namespace Vigil.Gateway.OpenAi;

/// <summary>What any client of OpenAI's API can talk to: each agent is a model.</summary>
internal static class OpenAiEndpoints
{
    public static void AddOpenAi(this IServiceCollection services)
    {
        services.AddSingleton<TurnSlots>().AddSingleton<AgentChoice>().AddSingleton<Answering>().AddSingleton<KeptAnswers>();
        services.AddHostedService(provider => provider.GetRequiredService<KeptAnswers>());
    }

    public static void MapOpenAi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").RequireScope(KeyScopes.Chat).WithTags("OpenAI").WithBodyLimit(BodyLimit.OpenAi);
        group.MapGet("/models", Models).WithSummary("Each agent as a model; plain 'vigil' leaves the choice to routes.").Produces<ModelListShape>();
        group.MapGet("/models/{**id}", Model).WithSummary("One model.").Produces<ModelShape>();
        group.MapPost("/chat/completions", ChatCompletionEndpoint.CreateAsync).WithSummary("A turn with an agent, whole or as a stream of chunks.").Takes<ChatCompletionBody>().Produces<ChatCompletionShape>(200, "application/json", "text/event-stream").ReadsTurnHeaders();
        group.MapPost("/responses", ResponseEndpoints.CreateAsync).WithSummary("A turn with an agent, whole or as a stream of typed events; kept for 30 days.").Takes<ResponseRequestBody>().Produces<ResponseBodyShape>(200, "application/json", "text/event-stream").ReadsTurnHeaders();
        group.MapGet("/responses/{id}", ResponseEndpoints.ShowAsync).WithSummary("A stored response.").Produces<ResponseBodyShape>();
        group.MapDelete("/responses/{id}", ResponseEndpoints.DeleteAsync).WithSummary("Forget a stored response.").Produces<DeletedShape>();
    }

    private static IResult Models(HttpContext context, AgentChoice choice, GatewayLife life)
        => Results.Json(new JsonObject { ["object"] = "list", ["data"] = new JsonArray([.. choice.ModelsFor(Caller.Of(context)).Select(id => View(id, life))]) });

    private static IResult Model(HttpContext context, string id, AgentChoice choice, GatewayLife life)
    {
        // Clients escape the slash in the name, and a server may not undo that in a path.
        var name = Uri.UnescapeDataString(id);
        return Results.Json(View(name == AgentChoice.Routed ? name : AgentChoice.ModelOf(choice.Named(name, Caller.Of(context))), life));
    }

    private static JsonObject View(string id, GatewayLife life)
        => new() { ["id"] = id, ["object"] = "model", ["created"] = life.StartedAt.ToUnixTimeSeconds(), ["owned_by"] = "vigil" };
}
