using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Vigil.Cron;
using Vigil.Events;

namespace Vigil.Tests.Docs;

/// <summary>The closed lists of the code and the pages about them name the same words.</summary>
public sealed partial class PagesTests
{
    [Fact]
    public void Events_AreThoseOfTheCode()
        => Assert.Equal(Constants(typeof(EventTypes)).Concat(Constants(typeof(ScheduleEvents))).Order(StringComparer.Ordinal), Words("events.md").Order(StringComparer.Ordinal));

    [Fact]
    public void Reasons_AreThoseOfTheCode()
        => Assert.Equal(Reasons.All.Order(StringComparer.Ordinal), Words("reasons.md").Order(StringComparer.Ordinal));

    private static IEnumerable<string> Constants(Type type)
        => type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);

    // The first cell of each row of the page's table.
    private static IEnumerable<string> Words(string page)
        => File.ReadLines(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs", page)).Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Word().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value));

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Word();
}
