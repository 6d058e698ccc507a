using Vigil.Agents;
using Vigil.Settings.Reading;
using Vigil.Settings.Rules;

namespace Vigil.Settings;

/// <summary>One reading of vigil.json with everything over it: a snapshot, or all that is wrong.</summary>
internal sealed record SettingsReading(SettingsSnapshot? Snapshot, IReadOnlyList<SettingsError> Errors);

/// <summary>Reads vigil.json, environment and command line in one pass that finds every error.</summary>
internal sealed class SettingsReader(SettingsInputs inputs, AgentDirectories agents)
{
    public const string FileOrigin = "vigil.json";

    /// <param name="file">The content of vigil.json; null when there is none, which is fine.</param>
    /// <param name="detectedModel">The model of agents when no file names one.</param>
    public SettingsReading Read(byte[]? file, string? detectedModel)
    {
        var errors = new List<SettingsError>();
        var layer = new SettingsLayer(FileOrigin, inputs.Home.SettingsFile);
        var start = new Place(layer, 1, 1);
        var tree = file is null ? new SettingNode(NodeKind.Object, start) : JsonText.Parse(file, layer, errors);
        if (tree is { Kind: not NodeKind.Object })
        {
            errors.Add(new SettingsError(layer.File, tree.At.Line, tree.At.Column, "", tree.Shown, "{ \"gateway\": { \"port\": 7070 } }",
                "settings are a JSON object"));
            tree = null;
        }
        var below = SettingNode.Merge(Detected(detectedModel, start), tree ?? new SettingNode(NodeKind.Object, start));
        var environment = Overrides.OfEnvironment(inputs.Environment, below, errors);
        var above = SettingNode.Merge(environment, Overrides.OfCommandLine(inputs.Set, SettingNode.Merge(below, environment), errors));
        var merged = SettingNode.Merge(below, above);
        var findings = new Findings(merged);
        var settings = new Binder(findings).Bind<VigilSettings>(merged);
        // Without the file, rules would complain about what it would have held.
        if (tree is not null)
            new GatewayRules(findings, settings, agents).Check();
        errors.AddRange(findings.Errors);
        errors.Sort(InOrder);
        return errors.Count == 0 ? new SettingsReading(new SettingsSnapshot(settings, below, above), []) : new SettingsReading(null, errors);
    }

    private static SettingNode Detected(string? model, Place start)
    {
        if (model is null)
            return new SettingNode(NodeKind.Object, start);
        var at = new Place(new SettingsLayer("detected", "detected"), 0, 0);
        var name = new SettingNode(NodeKind.Text, at) { Text = model };
        var models = new SettingNode(NodeKind.Object, at) { Members = new Dictionary<string, SettingNode.Member> { ["default"] = new(at, name) } };
        return new SettingNode(NodeKind.Object, start) { Members = new Dictionary<string, SettingNode.Member> { ["models"] = new(at, models) } };
    }

    internal static int InOrder(SettingsError left, SettingsError right)
    {
        var order = string.CompareOrdinal(left.File, right.File);
        return order != 0 ? order : (left.Line, left.Column).CompareTo((right.Line, right.Column));
    }
}
