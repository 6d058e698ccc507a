using System.Net.Http.Json;
using System.Text.Json;
using Vigil.Gateway.Tests.Processes;

namespace Vigil.Gateway.Tests.Plugins;

/// <summary>The sample of samples/PluginSample in a real gateway, and what happens to plug-ins that are not there or no good.</summary>
public sealed class PluginTests : HomeTest
{
    [Fact]
    public async Task TheSample_InARealGateway_SelectsAgentsAndBringsItsTool()
    {
        Put("PluginSample.dll", File.ReadAllBytes(Built("PluginSample")));
        using var gateway = await VigilProcess.UpAsync(Home);
        using var client = await gateway.ClientAsync(Home);
        using (await client.PostAsJsonAsync("/api/agents", new { id = "ops" }))
        {
        }
        Assert.Equal(("ops", "selector team"), await ResolvedAsync(client, "ops-anna"));
        // It declines for everybody else.
        Assert.Equal(("main", "default"), await ResolvedAsync(client, "sales-bob"));
        using var known = await client.PostAsJsonAsync("/api/cron", new { name = "dice", prompt = "Roll.", tools = new[] { "roll_dice" }, schedule = new { every = "1h" } });
        Assert.Equal(201, (int)known.StatusCode);
        using var unknown = await client.PostAsJsonAsync("/api/cron", new { name = "cards", prompt = "Draw.", tools = new[] { "draw_cards" }, schedule = new { every = "1h" } });
        Assert.Equal(400, (int)unknown.StatusCode);
    }

    [Fact]
    public async Task APluginThatIsNotListed_IsNotLoaded()
    {
        Put("PluginSample.dll", File.ReadAllBytes(Built("PluginSample")), listed: false);
        using var gateway = await VigilProcess.UpAsync(Home);
        using var client = await gateway.ClientAsync(Home);
        using var refused = await client.PostAsJsonAsync("/api/cron", new { name = "dice", prompt = "Roll.", tools = new[] { "roll_dice" }, schedule = new { every = "1h" } });
        Assert.Equal(400, (int)refused.StatusCode);
    }

    [Fact]
    public async Task AMissingPlugin_KeepsTheGatewayFromStartingAndIsNamed()
    {
        Put("Other.dll", [], listed: false);
        Settings("Absent.dll");
        Assert.Contains($"plugins[0] in vigil.json names Absent.dll, and there is no {Path.Combine(Home, "plugins", "Absent.dll")}", await RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABrokenPlugin_KeepsTheGatewayFromStartingWithTheCause()
    {
        Put("Garbage.dll", [1, 2, 3]);
        Assert.Contains("Garbage.dll (plugins[0] in vigil.json) is broken: it cannot be loaded: BadImageFormatException", await RefusedAsync(), StringComparison.Ordinal);
        Put("Empty.dll", File.ReadAllBytes(Built("Vigil.Channels")));
        Assert.Contains("no public class in it implements IVigilPlugin", await RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThePluginsOwnSettings_ReachItsRegistration()
    {
        Put("PluginSample.dll", File.ReadAllBytes(Built("PluginSample")), listed: false);
        Write("""{ "plugins": ["PluginSample.dll"], "pluginSettings": { "PluginSample.dll": { "sids": 20 } } }""");
        Assert.Contains("PluginSample.dll (plugins[0] in vigil.json) is broken: its registration failed with JsonException", await RefusedAsync(), StringComparison.Ordinal);

        Write("""{ "plugins": ["PluginSample.dll"], "pluginSettings": { "PluginSample.dll": { "sides": 20 } } }""");
        using var gateway = await VigilProcess.UpAsync(Home);
        var (_, doctor, _) = await VigilProcess.RunAsync(Home, "doctor");
        Assert.Contains("1 would be loaded: PluginSample.dll", doctor, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheDoctor_SaysWhatTheNextStartWouldSay()
    {
        Directory.CreateDirectory(Path.Combine(Home, "plugins"));
        File.WriteAllBytes(Path.Combine(Home, "plugins", "Garbage.dll"), [1, 2, 3]);
        Put("Empty.dll", File.ReadAllBytes(Built("Vigil.Channels")), listed: false);
        Write("""{ "plugins": ["Absent.dll", "Garbage.dll", "Empty.dll"] }""");
        var (code, doctor, errors) = await VigilProcess.RunAsync(Home, "doctor");
        Assert.Equal(1, code);
        doctor += errors;
        Assert.Contains("there is no", Line("Absent.dll"), StringComparison.Ordinal);
        Assert.Contains("cannot be loaded: BadImageFormatException", Line("Garbage.dll"), StringComparison.Ordinal);
        Assert.Contains("no public class in it implements IVigilPlugin", Line("Empty.dll"), StringComparison.Ordinal);

        string Line(string file) => Assert.Single(doctor.Split('\n'), line => line.Contains(file, StringComparison.Ordinal) && line.Contains("plugins[", StringComparison.Ordinal));
    }

    [Fact]
    public async Task APluginThatEverybodyCanWrite_IsRefused()
    {
        if (OperatingSystem.IsWindows())
            return;
        Put("PluginSample.dll", File.ReadAllBytes(Built("PluginSample")));
        File.SetUnixFileMode(Path.Combine(Home, "plugins", "PluginSample.dll"), (UnixFileMode)0b110_110_110);
        Assert.Contains("chmod o-w", await RefusedAsync(), StringComparison.Ordinal);
    }

    private void Put(string name, byte[] content, bool listed = true)
    {
        Directory.CreateDirectory(Path.Combine(Home, "plugins"));
        File.WriteAllBytes(Path.Combine(Home, "plugins", name), content);
        Settings(listed ? name : null);
    }

    private void Write(string json) => File.WriteAllText(Path.Combine(Home, "vigil.json"), json);

    private void Settings(string? plugin) => File.WriteAllText(Path.Combine(Home, "vigil.json"), JsonSerializer.Serialize(new { plugins = plugin is null ? [] : new[] { plugin } }));

    private async Task<string> RefusedAsync()
    {
        var (code, _, errors) = await VigilProcess.RunAsync(Home, "up", "--port", "0");
        Assert.Equal(1, code);
        return errors;
    }

    private static async Task<(string? Agent, string Decision)> ResolvedAsync(HttpClient client, string user)
    {
        using var answer = await client.PostAsJsonAsync("/api/routes/test", new { platform = "telegram", userId = user });
        var verdict = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return (verdict.GetProperty("agent").GetString(), verdict.GetProperty("decision").GetString()!);
    }

    // Every project builds into a directory of its own beside this one's.
    private static string Built(string project)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, $"{project}.dll");
    }
}
