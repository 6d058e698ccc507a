using System.Runtime.CompilerServices;
using System.Text;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Settings.Reading;

namespace Vigil.Tests.Settings;

/// <summary>docs/settings.md lists exactly the keys that there are. Run with VIGIL_WRITE_DOCS=1 to bring the page up to date.</summary>
public sealed class SettingsPageTests
{
    private static string PagePath => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/settings.md"));

    [Fact]
    public void Page_Tables_AreThoseOfTheTypes()
    {
        var path = PagePath;
        var page = File.ReadAllText(path);
        var wanted = WithTable(WithTable(page, "vigil.json", SettingShape.Of<VigilSettings>()), "agent.json", SettingShape.Of<AgentFile>());
        if (Environment.GetEnvironmentVariable("VIGIL_WRITE_DOCS") == "1")
            File.WriteAllText(path, wanted);
        Assert.Equal(wanted, File.ReadAllText(path));
    }

    [Fact]
    public void Page_ErrorExamples_AreWhatVigilSays()
    {
        using var home = new TempHome();
        home.Agent("coder", "{\n  \"model\": \"opnai/gpt-5.4\"\n}");
        var agents = home.Agents.Find(AgentId.Parse("coder")).Broken!;
        home.Settings("""
            { "gateway": {
                "port": 7070,
                "heartbeat": {
                  "every": "5s",
                  "contxt": "light" } } }
            """);
        home.Variable("VIGIL__GATEWAY__PORT", "many");
        var page = File.ReadAllText(PagePath);
        foreach (var error in home.SettingsErrors().Concat(agents))
        {
            var said = error.ToString().Replace(home.Home.Root, "/home/you/.vigil", StringComparison.Ordinal);
            Assert.Contains(said + "\n", page, StringComparison.Ordinal);
        }
    }

    private static string WithTable(string page, string file, ObjectShape shape)
    {
        var begin = $"<!-- keys of {file} -->\n";
        const string end = "<!-- end of keys -->";
        var from = page.IndexOf(begin, StringComparison.Ordinal);
        Assert.True(from >= 0, $"docs/settings.md has no place for the keys of {file}");
        from += begin.Length;
        var to = page.IndexOf(end, from, StringComparison.Ordinal);
        var table = new StringBuilder("\n| key | value | default | meaning |\n|---|---|---|---|\n");
        Rows(table, shape, "");
        return page[..from] + table + "\n" + page[to..];
    }

    private static void Rows(StringBuilder table, ObjectShape shape, string prefix)
    {
        foreach (var key in shape.Keys)
        {
            var name = prefix + key.Name;
            var value = SettingsSchema.DefaultOf(key)?.ToJsonString().Replace("|", "\\|", StringComparison.Ordinal);
            table.Append($"| `{name}` | {Kind(key.Shape)} | {(value is null ? "" : $"`{value}`")} | {key.Description.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
            if (key.Shape is ObjectShape inner)
                Rows(table, inner, name + ".");
            else if (key.Shape is MapShape { Value: ObjectShape value2 })
                Rows(table, value2, name + ".NAME.");
        }
    }

    private static string Kind(SettingShape shape) => shape switch
    {
        ObjectShape => "object",
        MapShape map => $"names to {Kind(map.Value)}",
        ListShape list => $"list of {Kind(list.Item)}",
        SwitchShape => "true, false",
        NumberShape number => number.Whole ? "whole number" : "number",
        DurationShape duration => $"duration, at least {Vigil.Time.DurationText.Format(duration.Least)}",
        WordShape word => string.Join(", ", word.Words.Keys),
        TextShape { Rule.Words: { } words } => string.Join(", ", words),
        TextShape text => text.Rule.Format switch
        {
            TextFormat.Model => "provider/model",
            TextFormat.Secret => "env:NAME, file:NAME",
            TextFormat.TimeOfDay or TextFormat.EndOfDay => "HH:mm",
            TextFormat.Zone => "IANA zone",
            TextFormat.Agent => "agent id",
            TextFormat.Url => "address",
            TextFormat.Target => "target",
            _ => "text",
        },
        _ => "object",
    };

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
