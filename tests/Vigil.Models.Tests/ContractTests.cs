namespace Vigil.Models.Tests;

public sealed class ContractTests
{
    [Theory]
    [InlineData("openai/gpt-5.4", "openai", "gpt-5.4")]
    [InlineData("openrouter/meta/llama-3:free", "openrouter", "meta/llama-3:free")]
    public void Parse_ProviderAndModel_SplitsAtTheFirstSlash(string text, string provider, string model)
    {
        var name = ModelName.Parse(text);
        Assert.Equal((provider, model, text), (name.Provider, name.Model, name.ToString()));
    }

    [Theory]
    [InlineData("gpt-5.4")]
    [InlineData("/gpt")]
    [InlineData("openai/")]
    [InlineData("open ai/gpt")]
    [InlineData("")]
    public void Parse_NoModelName_SaysHowToWriteOne(string text)
        => Assert.Contains("provider/model", Assert.Throws<FormatException>(() => ModelName.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void ProviderOptions_SameValues_AreEqualAndPrintNoSecret()
    {
        var one = new ProviderOptions("p", "openai") { ApiKey = "sk-1", BaseUrl = new Uri("http://u:pw@h/v1"), Headers = new Dictionary<string, string> { ["a"] = "secret-b" } };
        var same = one with { Headers = new Dictionary<string, string> { ["a"] = "secret-b" } };
        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(one, one with { ApiKey = "sk-2" });
        Assert.NotEqual(one, one with { Headers = new Dictionary<string, string> { ["a"] = "secret-c" } });
        Assert.Equal("p (openai)", one.ToString());
    }
}
