namespace Vigil.Settings;

/// <summary>The settings in force. Reading <see cref="Current"/> is free; a broken file never replaces good settings.</summary>
public interface ISettings
{
    VigilSettings Current { get; }

    /// <summary>What is wrong in the files as they stand now; empty when all of them are in force.</summary>
    IReadOnlyList<SettingsError> Errors { get; }

    /// <summary>Rises with each change that took effect, of vigil.json, routes.json or any agent.json.</summary>
    long Version { get; }

    /// <summary>Called after a change took effect or was rejected. Handlers are quick and do not throw.</summary>
    event Action? Changed;
}
