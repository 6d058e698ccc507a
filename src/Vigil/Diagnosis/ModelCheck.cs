using Vigil.Agents;
using Vigil.Models;
using Vigil.Settings;

namespace Vigil.Diagnosis;

/// <summary>Asks whether a model can be reached: null when it can, else a sentence that says why not.</summary>
public delegate Task<string?> ModelReach(AgentProfile profile, ModelName model, CancellationToken cancellationToken);

/// <summary>The model of the default agent answers.</summary>
internal sealed class ModelCheck(SettingsInputs inputs, ModelDetection detection, ModelReach reach) : IDoctorCheck
{
    public string Area => "model";

    public async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        if (SettingsCheck.Read(inputs, out var agents) is not { Snapshot: { } snapshot })
            return [Finding.Warn(Area, "not looked at, because vigil.json is broken", "Mend vigil.json first.")];
        var agent = AgentId.Parse(snapshot.Settings.DefaultAgent);
        var file = new WatchedFile(inputs.Home.AgentFile(agent));
        file.Refresh();
        if (new ProfileReader(inputs.Home).Read(snapshot, agent, file.Content).Profile is not { } profile)
            return [Finding.Warn(Area, $"not looked at, because agent {agent} is broken", $"Mend {file.Path} first.")];
        var model = profile.Model;
        if (model is null)
        {
            var detected = await detection.DetectAsync(snapshot.Settings, cancellationToken);
            if (detected.Model is null)
                return [Finding.Warn(Area, "no model was found", detected.Message)];
            model = detected.Model;
        }
        return await reach(profile, ModelName.Parse(model), cancellationToken) is { } problem
            ? [Finding.Error(Area, $"{model} cannot be used: {problem}",
                "Check key, address and network, or choose another model with models.default in vigil.json.")]
            : [Finding.Ok(Area, $"{model} answers")];
    }
}
