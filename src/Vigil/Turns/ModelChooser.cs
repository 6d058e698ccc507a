using Vigil.Agents;
using Vigil.Errors;
using Vigil.Models;
using Vigil.Settings;

namespace Vigil.Turns;

/// <summary>Which model a turn asks for: request, else source, else agent, else default. The first that is set is meant.</summary>
internal static class ModelChooser
{
    /// <returns>Null when no model is set anywhere.</returns>
    /// <exception cref="FaultException">A named model is not of the form provider/model, or its provider is unknown or not allowed for this agent.</exception>
    public static ModelChoice? Choose(AgentProfile profile, string? request, string? source)
    {
        if (request is not null)
            return new ModelChoice(Check(profile, request), "request", []);
        if (source is not null)
            return new ModelChoice(Check(profile, source), "source", []);
        if (profile.Model is not { } own)
            return null;
        return new ModelChoice(Check(profile, own), profile.ModelDecidedBy, [.. profile.Fallbacks.Select(name => Check(profile, name))]);
    }

    public static ModelName Check(AgentProfile profile, string text)
    {
        if (!ModelName.TryParse(text, out var name))
            throw new FaultException(new Fault("model_unknown", $"'{text}' is no model name.", "Write provider/model, for example openai/gpt-5.4.", "model"));
        if (!profile.Providers.ContainsKey(name.Provider) && !BuiltInProviders.All.ContainsKey(name.Provider))
        {
            var known = profile.Providers.Keys.Union(BuiltInProviders.All.Keys).Order(StringComparer.Ordinal).ToList();
            var near = Nearest.To(name.Provider, known);
            throw new FaultException(new Fault("model_unknown", $"'{text}' names the unknown provider '{name.Provider}'.",
                near is null ? $"Known providers: {string.Join(", ", known)}." : $"Did you mean {near}/{name.Model}?", "model"));
        }
        if (profile.Privacy.Providers is { } allowed && !allowed.Contains(name.Provider))
            throw new FaultException(new Fault("model_not_allowed", $"Agent {profile.Id} may not use the provider '{name.Provider}'.",
                $"Its privacy setting allows: {string.Join(", ", allowed)}.", "model"));
        return name;
    }
}
