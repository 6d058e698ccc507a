using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Errors;
using Vigil.Gateway.Requests;
using Vigil.Keys;

namespace Vigil.Gateway.OpenApi;

/// <summary>What every operation may answer besides its own: written once here rather than at each endpoint.</summary>
internal static class CommonAnswers
{
    public const string Scheme = "key";

    public static async Task AddAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var access = metadata.OfType<EndpointAccess>().LastOrDefault();
        var openAi = context.Description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true;
        var schema = await context.GetOrCreateSchemaAsync(openAi ? typeof(OpenAiErrorBody) : typeof(ErrorBody), null, cancellationToken);
        var reference = Share(context.Document!, openAi ? nameof(OpenAiErrorBody) : nameof(ErrorBody), schema);
        if (metadata.OfType<RequestBodyType>().LastOrDefault() is { } body)
        {
            var bodySchema = Share(context.Document!, body.Type.Name, await context.GetOrCreateSchemaAsync(body.Type, null, cancellationToken));
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new OpenApiMediaType { Schema = bodySchema } },
            };
        }
        AddParameters(operation, metadata.OfType<RequestParameters>());
        operation.Responses ??= [];
        foreach (var (status, meaning) in Statuses(access, operation, [.. metadata.OfType<AnswersWith>().SelectMany(own => own.Statuses)]))
            operation.Responses.TryAdd(status, new OpenApiResponse
            {
                Description = meaning,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new OpenApiMediaType { Schema = reference } },
            });
        foreach (var response in operation.Responses.Values.OfType<OpenApiResponse>())
        {
            response.Headers ??= new Dictionary<string, IOpenApiHeader>();
            response.Headers[RequestId.Header] = new OpenApiHeader { Description = "Names this request in the log.", Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }
        if (access is { Open: false })
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [] }];
        if (access is { Open: false, Scope: not KeyScopes.None })
            operation.Description = $"{operation.Description} Needs the scope '{access.Scope.ToString().ToLowerInvariant()}'.".TrimStart();
    }

    private static void AddParameters(OpenApiOperation operation, IEnumerable<RequestParameters> asked)
    {
        foreach (var parameters in asked)
        {
            foreach (var (name, place) in parameters.Query.Select(name => (name, ParameterLocation.Query)).Concat(parameters.Headers.Select(name => (name, ParameterLocation.Header))))
            {
                operation.Parameters ??= [];
                operation.Parameters.Add(new OpenApiParameter { Name = name, In = place, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
            }
        }
    }

    private static OpenApiSchemaReference Share(OpenApiDocument document, string name, OpenApiSchema schema)
    {
        document.AddComponent(name, schema);
        return new OpenApiSchemaReference(name, document);
    }

    private static IEnumerable<(string Status, string Meaning)> Statuses(EndpointAccess? access, OpenApiOperation operation, IReadOnlyList<int> own)
    {
        yield return ("400", "The request is wrong; the error names what and how to mend it.");
        if (access is { Open: false })
        {
            yield return ("401", "No usable key.");
            yield return ("403", "The key lacks the scope, or may not do this.");
            yield return ("429", "Too many at once; Retry-After says when.");
        }
        var headers = operation.Parameters?.Where(parameter => parameter.In == ParameterLocation.Header).Select(parameter => parameter.Name).ToList() ?? [];
        if (headers.Contains(VigilHeaders.ModelName))
        {
            yield return ("404", "No such model, or no such earlier response, or not for this key.");
            yield return ("502", "The model's provider failed.");
            yield return ("504", "The turn, or the provider, took too long.");
        }
        if (headers.Contains(VigilHeaders.IdempotencyKeyName) || (operation.RequestBody is null && operation.Responses?.ContainsKey("202") == true) || own.Contains(409))
            yield return ("409", "It contradicts what is there: a name that is taken, a key used for another request, or something in another state.");
        // A body may name an agent or another thing that is not there, as the path may.
        if (operation.RequestBody is not null || operation.Parameters?.Any(parameter => parameter.In == ParameterLocation.Path) == true)
            yield return ("404", "No such thing, or not for this key.");
        if (own.Contains(415))
            yield return ("415", "The body is not sent as application/json.");
        if (operation.RequestBody is not null)
            yield return ("413", "The body is too large.");
        yield return ("500", "A fault inside the gateway; its log has the correlation id.");
        yield return ("503", "Not now: the store cannot be used, or the gateway is stopping.");
    }
}
