using Microsoft.Extensions.AI;

namespace Vigil.Models.Scripted;

/// <summary>Replies from a file, for tests and demos. It is called scripted wherever it shows.</summary>
internal sealed class ScriptedKind(TimeProvider time) : IProviderKind
{
    public string Kind => "scripted";

    public IChatClient Create(ProviderOptions options) => options.ScriptFile is { Length: > 0 } file
        ? new ScriptedFileClient(options, file, time)
        : throw new ModelFailureException(new ModelFailure(ModelFailureKind.NoModel, $"A scripted provider needs its replies: set models.providers.{options.Name}.script.",
            options.Name, ""));
}
