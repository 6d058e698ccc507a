using Microsoft.Extensions.AI;
using Vigil.Agents;
using Vigil.Models;

namespace Vigil.Diagnosis;

/// <summary>Asks a model for one short word: the only proof that key, address and name are right. It costs a few tokens.</summary>
public sealed class ModelProbe(IProviders providers, IModelClients clients)
{
    private const int FewTokens = 16;

    /// <summary>Null when it answers, else why not.</summary>
    public async Task<string?> ReachAsync(AgentProfile profile, ModelName model, CancellationToken cancellationToken)
    {
        if (providers.Find(model.Provider, profile) is not { Options: { } options } missing)
            return providers.Find(model.Provider, profile).Problem;
        // A scripted model has its replies counted, and nothing on the way to it can be wrong.
        if (options.Kind == "scripted")
            return null;
        try
        {
            await clients.Get(options).GetResponseAsync("Say: ok", new ChatOptions { ModelId = model.Model, MaxOutputTokens = FewTokens }, cancellationToken);
            return null;
        }
        catch (ModelFailureException failure) when (failure.Failure.Kind != ModelFailureKind.ContentRefused)
        {
            return failure.Failure.Message;
        }
    }
}
