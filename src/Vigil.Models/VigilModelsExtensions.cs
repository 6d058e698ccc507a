using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Vigil.Models.Anthropic;
using Vigil.Models.Calls;
using Vigil.Models.Http;
using Vigil.Models.OpenAI;
using Vigil.Models.Scripted;

namespace Vigil.Models;

/// <summary>Registers the kinds of providers.</summary>
public static class VigilModelsExtensions
{
    /// <summary>Adds <see cref="IModelCaller"/> and the kinds openai, anthropic and scripted. Needs <see cref="IProviders"/>; a <see cref="ModelRetryOptions"/> may be registered before.</summary>
    public static IServiceCollection AddVigilModels(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ModelRetryOptions>();
        services.TryAddSingleton<ProviderSockets>();
        services.AddSingleton<IProviderKind, OpenAIKind>();
        services.AddSingleton<IProviderKind, AnthropicKind>();
        services.AddSingleton<IProviderKind, ScriptedKind>();
        services.TryAddSingleton<IModelClients, ModelClients>();
        services.TryAddSingleton<IModelCaller, ModelCaller>();
        return services;
    }
}
