using System.Text.Json;
using Vigil.Tasks;

namespace Vigil.Tests.Tasks;

public sealed class HookTemplateTests
{
    [Theory]
    [InlineData("{{a.b}}", "deep")]
    [InlineData("{{ list.1.id }}", "7")]
    [InlineData("{{list}}", """[{"id":6},{"id":7}]""")]
    [InlineData("{{flag}}/{{number}}", "true/1.50")]
    [InlineData("{{sly}}", "{{a.b}} }} {{")]
    [InlineData("no place }} {{ here", "no place }} {{ here")]
    [InlineData("{{a.b}", "{{a.b}")]
    [InlineData("x{{}}y", "xy")]
    public void C79_Fill_PutsValuesInOnce(string template, string filled)
    {
        var payload = JsonElement.Parse("""{"a":{"b":"deep"},"list":[{"id":6},{"id":7}],"flag":true,"number":1.50,"sly":"{{a.b}} }} {{"}""");
        Assert.Equal(filled, HookTemplate.Parse(template).Fill(payload, (_, value) => value, out _));
    }

    [Theory]
    [InlineData("{{gone}} {{a.gone}} {{a.b.c}} {{list.9}} {{none}} {{gone}}", 5)]
    [InlineData("{{a.b}} {{empty}}", 0)]
    public void C79_Fill_NamesEachMissingPlaceOnce(string template, int missing)
    {
        var payload = JsonElement.Parse("""{"a":{"b":"deep"},"list":[1],"none":null,"empty":""}""");
        HookTemplate.Parse(template).Fill(payload, (_, value) => value, out var absent);
        Assert.Equal(missing, absent.Count);
    }
}
