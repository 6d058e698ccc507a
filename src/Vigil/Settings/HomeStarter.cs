using Vigil.Agents;
using Vigil.Errors;

namespace Vigil.Settings;

/// <summary>Makes the home at the first start. What is there already is never written again, save the schemas.</summary>
public static class HomeStarter
{
    internal const string SettingsText = """
        // Settings of Vigil. Comments and trailing commas are fine; a change counts within a second. Every key: docs/settings.md
        {
          "$schema": "./vigil.schema.json",
          // "models": { "default": "openai/gpt-5.4" },
          // "timezone": "Europe/Berlin",
          "gateway": {
            "heartbeat": {
              "every": "30m",
              // "activeHours": { "start": "08:00", "end": "22:00" },
            },
          },
        }

        """;

    /// <summary>True when the home was made by this call.</summary>
    /// <exception cref="FaultException">The home cannot be made or written; the fault says why and what to do.</exception>
    public static bool Ensure(VigilHome home)
    {
        try
        {
            var isNew = !File.Exists(home.SettingsFile);
            PrivateFiles.MakeDirectory(home.Root);
            PrivateFiles.MakeDirectory(home.Secrets);
            PrivateFiles.MakeDirectory(home.Agents);
            WriteIfOther(home.SettingsSchema, SettingsSchema.OfSettings());
            WriteIfOther(home.AgentSchema, SettingsSchema.OfAgent());
            var starter = new AgentStarter(home);
            starter.ClearAside();
            if (!Directory.Exists(home.AgentDirectory(AgentId.Main)))
                starter.Create(AgentId.Main);
            // Last: a start that was cut short before this begins anew.
            if (isNew)
                PrivateFiles.Write(home.SettingsFile, SettingsText);
            return isNew;
        }
        catch (Exception cause) when (HomeFault.IsExpected(cause))
        {
            throw HomeFault.Of(home.Root, cause);
        }
    }

    private static void WriteIfOther(string path, string text)
    {
        if (!File.Exists(path) || File.ReadAllText(path) != text)
            PrivateFiles.Write(path, text);
    }
}
