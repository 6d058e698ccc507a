using System.Text;
using System.Text.Json;
using Vigil.Settings;

namespace Vigil.Tests.Settings;

public sealed class SettingsTextTests
{
    private static readonly JsonDocumentOptions s_lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    [Theory]
    [InlineData("", "a", "{\"a\":1}")]
    [InlineData("{}", "a", "{\"a\":1}")]
    [InlineData("{ /* why */ }", "a.b.c", "{\"a\":{\"b\":{\"c\":1}}}")]
    [InlineData("{ \"a\": { \"x\": [1, {\"b\": 2}] } }", "a.b", "{\"a\":{\"b\":1,\"x\":[1,{\"b\":2}]}}")]
    [InlineData("{ \"x\": { \"a\": 7 }, \"a\": 2, }", "a", "{\"x\":{\"a\":7},\"a\":1}")]
    [InlineData("{ \"a\": \"text\" }", "a.b", "{\"a\":{\"b\":1}}")]
    public void Set_PutsTheValueWhereItBelongs(string before, string key, string after)
        => Assert.Equal(after, Compact(SettingsText.Set(Encoding.UTF8.GetBytes(before), key.Split('.'), "1")));

    [Theory]
    [InlineData("{ \"a\": 1 }", "a", "{}")]
    [InlineData("{ \"a\": 1, \"b\": 2 }", "a", "{\"b\":2}")]
    [InlineData("{ \"a\": 1, \"b\": 2 }", "b", "{\"a\":1}")]
    [InlineData("{ \"a\": { \"b\": { \"c\": 1 } }, \"d\": 2 }", "a.b.c", "{\"d\":2}")]
    [InlineData("{ \"a\": { \"b\": 1, \"c\": 2 } }", "a.b", "{\"a\":{\"c\":2}}")]
    [InlineData("{ \"a\": 1 }", "b.c", "{\"a\":1}")]
    [InlineData("{ \"a\": 1 }", "a.b", "{\"a\":1}")]
    [InlineData("", "a", "")]
    public void Remove_TakesTheKeyAndWhatIsEmptyThen(string before, string key, string after)
        => Assert.Equal(after, Compact(SettingsText.Remove(Encoding.UTF8.GetBytes(before), key.Split('.'))));

    [Fact]
    public void SetThenRemove_LeavesTheTextAsItWas()
    {
        const string Text = "{\n  // One.\n  \"name\": \"Ä\", // Two.\n  \"heartbeat\": {\n    \"every\": \"1h\" // Three.\n  }\n}\n";
        string[] path = ["heartbeat", "model"];
        var set = SettingsText.Set(Encoding.UTF8.GetBytes(Text), path, "\"p/m\"");
        Assert.Contains("// One.", Encoding.UTF8.GetString(set), StringComparison.Ordinal);
        Assert.Equal(Text, Encoding.UTF8.GetString(SettingsText.Remove(set, path)));
    }

    private static string Compact(byte[] text)
        => text.Length == 0 ? "" : JsonSerializer.Serialize(JsonDocument.Parse(text, s_lenient).RootElement);
}
