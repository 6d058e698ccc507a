using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Vigil.Settings;
using Vigil.Time;

namespace Vigil.Tests.Settings;

/// <summary>The files of <c>deploy/</c> cannot be run here; what they say about Vigil must be true.</summary>
public sealed partial class DeployFilesTests
{
    private static string Folder => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../deploy"));

    [Fact]
    public void Compose_IsYamlWhoseNamesExist()
    {
        var compose = Compose();
        var services = compose.At("services").Map;
        Assert.Equal(["db", "one", "setup", "two"], services.Keys.Order());
        var volumes = compose.At("volumes").Map.Keys;
        foreach (var (_, service) in services)
        {
            Assert.True(service.Has("image") || service.Has("build"));
            if (service.Has("depends_on"))
                Assert.All(service.At("depends_on").Map.Keys, name => Assert.Contains(name, services.Keys));
            Assert.All(service.At("volumes").List, mount => Assert.Contains(mount.Text.Split(':')[0], volumes));
        }
        Assert.Equal(services["one"].At("volumes").List[0].Text, services["two"].At("volumes").List[0].Text);
        Assert.True(File.Exists(Path.Combine(Folder, "..", services["one"].At("build").At("dockerfile").Text)));
    }

    [Theory]
    [InlineData("one")]
    [InlineData("two")]
    [InlineData("setup")]
    public void Compose_Settings_AreTaken(string service)
    {
        using var home = new TempHome();
        var environment = Compose().At("services").At(service).At("environment").Map;
        foreach (var (name, value) in environment)
            home.Variable(name, value.Text);
        Assert.Empty(home.SettingsErrors());
        Assert.Equal(5, environment.Keys.Count(name => name.StartsWith("VIGIL__GATEWAY__", StringComparison.Ordinal)));
        Assert.Contains("VIGIL_PG", environment.Keys);
    }

    [Fact]
    public void Compose_AMistypedSetting_WouldBeSeen()
    {
        using var home = new TempHome();
        home.Variable("VIGIL__GATEWAY__STORAGE__KINT", "postgres");
        Assert.NotEmpty(home.SettingsErrors());
    }

    [Fact]
    public void Stops_LastLongerThanTheGatewayWaitsForItsWorks()
    {
        var within = new WorkSettings().StopWithin;
        Assert.True(DurationText.TryParse(Compose().At("services").At("one").At("stop_grace_period").Text, out var grace, out _));
        Assert.True(grace > within);
        var unit = File.ReadAllText(Path.Combine(Folder, "vigil.service"));
        Assert.True(TimeSpan.FromSeconds(int.Parse(StopSeconds().Match(unit).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)) > within);
        Assert.Contains("KillSignal=SIGTERM", unit, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: 1\na: 2")]
    [InlineData("a:\n\tb: 1")]
    [InlineData("a: *nowhere")]
    [InlineData("a:\n  b: 1\n c: 2")]
    [InlineData("a: [\"x\"")]
    public void Yaml_ThatIsBroken_IsRefused(string text) => Assert.Throws<FormatException>(() => PlainYaml.Parse(text));

    private static PlainYaml Compose() => PlainYaml.Parse(File.ReadAllText(Path.Combine(Folder, "compose.yaml")));

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"^TimeoutStopSec=(\d+)$", RegexOptions.Multiline)]
    private static partial Regex StopSeconds();
}
