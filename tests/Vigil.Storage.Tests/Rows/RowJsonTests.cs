using Microsoft.Extensions.AI;
using Vigil.Storage.Rows;

namespace Vigil.Storage.Tests.Rows;

public sealed class RowJsonTests
{
    [Theory]
    [InlineData("hello")]
    [InlineData("")]
    [InlineData("she said \"yes\" \\ no\n\t")]
    [InlineData("Käse, 日本語, 🎉, \u0001")]
    [InlineData("\"}]}")]
    public void Message_OfText_ComesBackAsItWas(string text)
    {
        foreach (var role in new[] { ChatRole.User, ChatRole.Assistant, ChatRole.System })
        {
            var back = RowJson.Message(RowJson.OfMessage(new ChatMessage(role, text)));
            Assert.Equal((role, text), (back.Role, Assert.IsType<TextContent>(Assert.Single(back.Contents)).Text));
        }
    }

    [Fact]
    public void Message_OfSeveralParts_KeepsThemAll()
    {
        var back = RowJson.Message(RowJson.OfMessage(new ChatMessage(ChatRole.User, [new TextContent("one"), new TextContent("two")])));
        Assert.Equal(["one", "two"], back.Contents.Cast<TextContent>().Select(content => content.Text));
    }
}
