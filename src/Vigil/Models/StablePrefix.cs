using Microsoft.Extensions.AI;

namespace Vigil.Models;

/// <summary>Marks where the part of a prompt ends that is the same in the next call, for providers that cache what they are told to.</summary>
public static class StablePrefix
{
    private const string Property = "vigil.stablePrefixEnd";

    /// <summary>Says that everything up to and with this system content stays the same. Returns the content.</summary>
    public static T End<T>(T content)
        where T : AIContent
    {
        content.AdditionalProperties ??= [];
        content.AdditionalProperties[Property] = true;
        return content;
    }

    public static bool EndsAt(AIContent content) => content.AdditionalProperties?.ContainsKey(Property) == true;
}
