using Vigil.Errors;
using Vigil.Models;
using Vigil.Settings.Reading;

namespace Vigil.Settings.Rules;

/// <summary>Models name providers that exist, and providers have what their kind needs.</summary>
internal sealed class ModelRules(Findings findings, IReadOnlyDictionary<string, ProviderSettings> providers, bool hasPlugins)
{
    private static readonly string[] Kinds = ["openai", "anthropic", "scripted"];

    /// <summary>The chat client of a program that has Vigil inside; that program sets it, no file needs to.</summary>
    private const string OfTheApp = "app";

    public void Model(KeyPath key, string? model)
    {
        if (model is not null && ModelName.TryParse(model, out var name))
            Provider(key, name.Provider, provider => $"\"{provider}/{name.Model}\"");
    }

    public void Models(KeyPath key, IReadOnlyList<string> models)
    {
        for (var i = 0; i < models.Count; i++)
            Model(key / $"[{i}]", models[i]);
    }

    /// <param name="good">Makes a good value out of a near provider.</param>
    public void Provider(KeyPath key, string provider, Func<string, string> good)
    {
        var known = providers.Keys.Union(BuiltInProviders.All.Keys).Order(StringComparer.Ordinal).ToList();
        if (known.Contains(provider))
            return;
        var near = Nearest.To(provider, known);
        findings.Add(
            key,
            $"names the unknown provider '{provider}'; known are {string.Join(", ", known)}, others need an entry in models.providers",
            good(near ?? "openai"));
    }

    public void Entries(KeyPath key)
    {
        foreach (var (name, entry) in providers)
        {
            var path = key / name;
            var builtIn = BuiltInProviders.All.GetValueOrDefault(name);
            var kind = entry.Kind ?? builtIn?.Kind;
            if (kind is null)
                findings.Add(path / "kind", "is missing; say how this provider is spoken to", "\"openai\"");
            else if (!Kinds.Contains(kind) && kind != OfTheApp && !hasPlugins)
                findings.Add(path / "kind", $"is no kind of provider; known are {string.Join(", ", Kinds)}, others come with a plug-in",
                    $"\"{Nearest.To(kind, Kinds) ?? "openai"}\"");
            if (kind == "openai" && entry.BaseUrl is null && builtIn is null)
                findings.Add(path / "baseUrl", "is missing; an openai provider under a name of its own needs its address", "\"http://127.0.0.1:8000/v1\"");
            if (kind == "scripted")
                Script(path / "script", entry.Script);
        }
    }

    private void Script(KeyPath key, string? script)
    {
        if (script is null)
            findings.Add(key, "is missing; name the file with the replies", "\"script.json\"");
        else if (!VigilHome.IsInside(script))
            findings.Add(key, "lies outside the home; write a path below it", "\"script.json\"");
    }
}
