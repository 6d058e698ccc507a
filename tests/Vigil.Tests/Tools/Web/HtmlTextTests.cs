using Vigil.Tools.Web;

namespace Vigil.Tests.Tools.Web;

public sealed class HtmlTextTests
{
    [Theory]
    [InlineData("<p>a</p><p>b</p>", "a\n\nb")]
    [InlineData("a<br>b<br/>c", "a\nb\nc")]
    [InlineData("<h2>Title</h2>text", "## Title\n\ntext")]
    [InlineData("<ul><li>one</li><li>two</li></ul>", "- one\n- two")]
    [InlineData("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2")]
    [InlineData("a  \n\t b&nbsp;c &lt;d&gt; &#8364;", "a b c <d> €")]
    [InlineData("<a href=\"https://x.test/?a=1&amp;b=2\">link</a> on", "link (https://x.test/?a=1&b=2) on")]
    [InlineData("<a href='#top'>up</a>", "up")]
    [InlineData("<a data-href='/no' href=/yes>go</a>", "go (/yes)")]
    [InlineData("<img src=x alt='a cat'>", "[a cat]")]
    [InlineData("x<script>if (a < b) { '</p>' }</script>y<style>p{}</style>z", "xyz")]
    [InlineData("x<!-- <p>hidden</p> -->y", "xy")]
    [InlineData("<p title='a > b'>shown</p>", "shown")]
    [InlineData("<pre>a\n  b</pre>", "a\n  b")]
    [InlineData("1 < 2 and 3 > 2", "1 < 2 and 3 > 2")]
    [InlineData("<script>never closed", "")]
    [InlineData("a<!-- never closed", "a")]
    [InlineData("a<p", "a")]
    [InlineData("<", "<")]
    [InlineData("<!DOCTYPE html><?xml ?>a", "a")]
    [InlineData("<svg><text>x</text></svg>a", "a")]
    public void Read_Html_IsPlainLines(string html, string expected) => Assert.Equal(expected, HtmlText.Read(html));

    [Fact]
    public void Read_AnythingRandom_EndsAndThrowsNothing()
    {
        const int Seed = 20260327;
        var random = new Random(Seed);
        var parts = new[] { "<", ">", "</", "<p", "<script", "</script>", "<!--", "-->", "\"", "'", "=", " ", "a", "&amp;", "&", "href", "/", "\n", "<a href=", "<pre>", "</pre>", "alt", "<img " };
        for (var i = 0; i < 3000; i++)
            HtmlText.Read(string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => parts[random.Next(parts.Length)])));
    }
}
