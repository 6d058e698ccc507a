using System.Text.Json.Nodes;
using Vigil.Notify;
using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>The targets under notify.channels: a mistake there shows only when something is to be told, and then nobody is told.</summary>
internal sealed class ChannelsCheck(SettingsInputs inputs, ISecrets secrets, IReadOnlyDictionary<string, IChannel> channels) : IDoctorCheck
{
    public string Area => "channels";

    public Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var (snapshot, _) = SettingsCheck.Read(inputs, out _);
        if (snapshot is null)
            return Task.FromResult<IReadOnlyList<Finding>>([Finding.Warn(Area, "not looked at, because vigil.json is broken", "Mend vigil.json first.")]);
        var notify = snapshot.Settings.Notify;
        var findings = notify.Channels.SelectMany(kind => kind.Value.SelectMany(target => Look(kind.Key, target.Key, target.Value, snapshot.Settings.Plugins.Count > 0))).ToList();
        var count = notify.Channels.Sum(kind => kind.Value.Count);
        if (findings.Count == 0)
            findings.Add(Finding.Ok(Area, count == 0 ? "there are none; the inbox has everything" : $"{Counted.Of(count, "target is", "targets are")} fine"));
        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }

    private IEnumerable<Finding> Look(string kind, string name, JsonObject settings, bool hasPlugins)
    {
        if (!channels.TryGetValue(kind, out var channel))
        {
            // The kinds of plug-ins are known to a running gateway alone.
            var known = $"Known here: {string.Join(", ", channels.Keys.Order(StringComparer.Ordinal))}. Others come with plug-ins.";
            yield return hasPlugins
                ? Finding.Warn(Area, $"{kind}:{name} is of the kind '{kind}', which nothing here delivers to", known)
                : Finding.Error(Area, $"{kind}:{name} is of the kind '{kind}', which nothing delivers to", known);
            yield break;
        }
        if (channel.Check(settings) is { } wrong)
            yield return Finding.Error(Area, $"{kind}:{name}: {wrong}", "Mend it under notify.channels; docs/channels.md lists the settings of each kind.");
        foreach (var (key, value) in settings)
        {
            if (value is JsonValue text && text.TryGetValue<string>(out var reference) && IsReference(reference) && secrets.Resolve(reference, null) is { Found: false } missing)
            {
                // Each agent may have a file of its own; the environment is one for all.
                var level = reference.StartsWith("file:", StringComparison.Ordinal) ? FindingLevel.Warn : FindingLevel.Error;
                yield return new Finding(level, Area, $"{kind}:{name}: {key}: {missing.Problem}", "Without it nothing is delivered there.");
            }
        }
    }

    private static bool IsReference(string text) => text.StartsWith("env:", StringComparison.Ordinal) || text.StartsWith("file:", StringComparison.Ordinal);
}
