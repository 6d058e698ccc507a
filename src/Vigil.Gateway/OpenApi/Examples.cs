using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Vigil.Gateway.Admin;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Errors;

namespace Vigil.Gateway.OpenApi;

/// <summary>An example for each body, made from the types themselves so that it cannot name a field that is not there.</summary>
internal static class Examples
{
    private static readonly DateTimeOffset s_at = new(2026, 3, 29, 7, 30, 0, TimeSpan.Zero);

    private static readonly KeyView s_key = new("key_01jqg7w5", "phone", "vgl_4f7a", ["chat", "work"], ["main"], null, s_at, null, null, null);

    private static readonly Dictionary<Type, object> s_examples = new()
    {
        [typeof(KeyRequest)] = new KeyRequest { Name = "phone", Scopes = ["chat", "work"], Agents = ["main"] },
        [typeof(KeyView)] = s_key,
        [typeof(KeyAdded)] = new KeyAdded("vgl_…", s_key),
        [typeof(SignInLink)] = new SignInLink("http://127.0.0.1:7070/signin?token=…"),
        [typeof(ErrorBody)] = new ErrorBody(new ErrorDetail("agent_not_found", "There is no agent 'mian'.", "Did you mean 'main'?", "req_01jqg7w5d0h3k6m9p2r5t8wa")),
        [typeof(OpenAiErrorBody)] = new OpenAiErrorBody(new OpenAiError("There is no model 'gpt'. Ask for vigil or vigil/main.", "invalid_request_error", "model", "model_not_found")),
    };

    public static Task AddAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (s_examples.TryGetValue(context.JsonTypeInfo.Type, out var example))
            schema.Examples = [JsonSerializer.SerializeToNode(example, example.GetType(), JsonSerializerOptions.Web)!];
        return Task.CompletedTask;
    }
}
