using Microsoft.Extensions.AI;

namespace Vigil.Models;

/// <summary>Clients by provider. A client serves any model of its provider: the model travels in <see cref="ChatOptions.ModelId"/>, so a client holds nothing of a call.</summary>
public interface IModelClients
{
    /// <summary>The client for these options; equal options share one. Not the caller's to dispose.</summary>
    /// <exception cref="ModelFailureException">No such kind, or options that the kind cannot work with.</exception>
    IChatClient Get(ProviderOptions options);
}

/// <summary>A way to speak to providers, for example <c>openai</c>; an extension adds its own by registering one.</summary>
public interface IProviderKind
{
    /// <summary>As written in <c>models.providers.NAME.kind</c>.</summary>
    string Kind { get; }

    /// <summary>Makes a client that reports every expected failure as <see cref="ModelFailureException"/>, retries nothing and takes no setting from the environment.</summary>
    IChatClient Create(ProviderOptions options);
}
