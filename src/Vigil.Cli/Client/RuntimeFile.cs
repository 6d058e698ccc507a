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
            // No file, or one that is not ours to read: either way no gateway is known here.
            return null;
        }
    }

    public void Write(VigilHome home) => PrivateFiles.Write(PathIn(home), JsonSerializer.Serialize(this, JsonSerializerOptions.Web));

    /// <summary>Takes the file away, unless another node that shares the home has written its own since.</summary>
    public void Delete(VigilHome home)
    {
        if (Read(home)?.Pid == Pid)
            File.Delete(PathIn(home));
    }
}
