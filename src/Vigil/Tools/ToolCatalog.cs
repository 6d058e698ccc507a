using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Tools;

/// <summary>Which tools a run has: what the providers know, narrowed by the profile and by the request. Always in the same order, so that prompts cache.</summary>
internal sealed class ToolCatalog(IEnumerable<IToolProvider> providers, ILogger<ToolCatalog> logger)
{
    private const int RememberedReports = 1000;

    private static readonly SearchValues<char> s_legal = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    // Built-in tools cannot be replaced by a server or plug-in that takes their name.
    private readonly IReadOnlyList<IToolProvider> _providers = [.. providers.OrderByDescending(provider => provider is BuiltInTools)];
    private readonly ConcurrentDictionary<string, bool> _reported = new(StringComparer.Ordinal);

    /// <summary>What was left out, and why: illegal and doubled names, providers that failed.</summary>
    public IReadOnlyCollection<string> Reports => [.. _reported.Keys.Order(StringComparer.Ordinal)];

    /// <param name="only">Narrows the agent's tools by name or glob; null means all of them, an empty list none.</param>
    /// <param name="sourceTools">How the source of the work is answered. They are not the agent's, so only a deny by their exact name takes them away.</param>
    public async Task<IReadOnlyList<ITool>> ForAsync(
        RunContext run, IReadOnlyList<string>? only, IReadOnlyList<ITool> sourceTools, CancellationToken cancellationToken)
    {
        var settings = run.Profile.Tools;
        var found = new Dictionary<string, ITool>(StringComparer.Ordinal);
        foreach (var tool in sourceTools.Where(tool => !settings.Deny.Contains(tool.Definition.Name, StringComparer.Ordinal)))
            Add(found, tool, "the source");
        var own = new List<string>();
        if (settings.Allow is not { Count: 0 } && only is not { Count: 0 })
        {
            // All begin before the first is waited for.
            var families = new Task<IReadOnlyList<ITool>>[_providers.Count];
            for (var i = 0; i < families.Length; i++)
                families[i] = FamilyAsync(_providers[i], run, cancellationToken);
            for (var i = 0; i < families.Length; i++)
            {
                foreach (var tool in await families[i])
                {
                    if (Allowed(settings, tool.Definition) && Wanted(only, tool.Definition.Name) && Add(found, tool, _providers[i].GetType().Name))
                        own.Add(tool.Definition.Name);
                }
            }
        }
        own.Sort(StringComparer.Ordinal);
        var tools = new List<ITool>(found.Count);
        foreach (var tool in found.Values)
            tools.Add(tool is ICappedByParent capped ? capped.Under(own, only is not null) : tool);
        tools.Sort(static (one, other) => string.CompareOrdinal(one.Definition.Name, other.Definition.Name));
        return tools;
    }

    private static bool Allowed(ToolsSettings settings, ToolDefinition tool)
    {
        if (Glob.MatchesAny(settings.Deny, tool.Name))
            return false;
        return settings.Allow is null ? !tool.OptIn
            : tool.OptIn ? settings.Allow.Contains(tool.Name, StringComparer.Ordinal)
            : Glob.MatchesAny(settings.Allow, tool.Name);
    }

    private static bool Wanted(IReadOnlyList<string>? only, string name) => only is null || Glob.MatchesAny(only, name);

    private async Task<IReadOnlyList<ITool>> FamilyAsync(IToolProvider provider, RunContext run, CancellationToken cancellationToken)
    {
        try
        {
            return await provider.ToolsAsync(run, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Report($"{provider.GetType().Name} could not list its tools for agent {run.Agent}: {failure.Message}");
            return [];
        }
    }

    private bool Add(Dictionary<string, ITool> found, ITool tool, string family)
    {
        var name = tool.Definition.Name;
        if (name.Length is < 1 or > 64 || name.AsSpan().ContainsAnyExcept(s_legal))
        {
            Report($"The tool '{name}' of {family} is left out: a name is 1-64 of a-z, A-Z, 0-9, '_' and '-'.");
            return false;
        }
        if (found.TryAdd(name, tool))
            return true;
        Report($"The tool '{name}' of {family} is left out: another tool has that name.");
        return false;
    }

    private void Report(string message)
    {
        if (_reported.Count < RememberedReports && _reported.TryAdd(message, true))
            logger.LogWarning("{Report}", message);
    }
}

/// <summary>A tool that starts work on behalf of its run must know what the run itself may do.</summary>
internal interface ICappedByParent
{
    /// <param name="narrowed">The request left the run only some of its agent's tools.</param>
    ITool Under(IReadOnlyList<string> toolsOfParent, bool narrowed);
}
