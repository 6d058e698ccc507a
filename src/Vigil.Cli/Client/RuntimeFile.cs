using System.Text.Json;
using Vigil.Settings;

namespace Vigil.Cli.Client;

/// <summary>Where the gateway of a home listens: written by it when it does, for the commands on the same machine.</summary>
internal sealed record RuntimeFile(int Pid, string Address, DateTimeOffset StartedAt, string Version)
{
    public static string PathIn(VigilHome home) => Path.Combine(home.Root, "gateway.json");

    public static RuntimeFile? Read(VigilHome home)
    {
        try
        {
            return JsonSerializer.Deserialize<RuntimeFile>(File.ReadAllText(PathIn(home)), JsonSerializerOptions.Web);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or JsonException)
        {
            // No file, or one that a killed process left half: either way no gateway is known here.
            return null;
        }
    }

    public void Write(VigilHome home) => PrivateFile.Write(PathIn(home), JsonSerializer.Serialize(this, JsonSerializerOptions.Web));

    public static void Delete(VigilHome home) => File.Delete(PathIn(home));
}
