using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Tests.Settings;

public sealed class SecretsTests : IDisposable
{
    private static readonly AgentId A = AgentId.Parse("a");
    private static readonly AgentId B = AgentId.Parse("b");

    private readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Resolve_OwnFile_WinsOverTheSharedOne()
    {
        _home.Secret("key", "shared-value\n").Secret("a/key", "value-of-a");
        Assert.Equal("value-of-a", Resolve("file:key", A).Value);
        Assert.Equal("shared-value", Resolve("file:key", B).Value);
        Assert.Equal("shared-value", Resolve("file:key", null).Value);
    }

    [Theory]
    [InlineData("file:a/key")]
    [InlineData("file:../secrets/a/key")]
    [InlineData("file:..")]
    [InlineData("file:/etc/passwd")]
    [InlineData("file:a\\key")]
    [InlineData("file:")]
    [InlineData("env:")]
    [InlineData("env:A B")]
    [InlineData("value-of-a")]
    public void A14_AnyWayToAnothersSecret_IsRefusedWithoutItsValue(string reference)
    {
        var result = new Secrets(_home.Secret("a/key", "value-of-a").Inputs, _home.Redaction).Resolve(reference, B);
        Assert.False(result.Found);
        Assert.DoesNotContain("value-of-a", result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A14_ReferenceToAnothersSecret_IsRefusedByNameWhenLoaded()
    {
        _home.Secret("a/key", "value-of-a").Agent("b", """{ "providers": { "openai": { "apiKey": "file:a/key" } } }""");
        var broken = _home.Agents.Find(B).Broken!;
        Assert.Contains("belongs to agent 'a'", Assert.Single(broken).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_GatewayKeyForAnAgent_IsRefused()
    {
        _home.Secret("gateway.key", "vgl_key_of_the_gateway");
        Assert.False(Resolve("file:gateway.key", A).Found);
        Assert.True(Resolve("file:gateway.key", null).Found);
    }

    [Fact]
    public void Resolve_FileOpenToOthers_SaysTheCommandThatMendsIt()
    {
        if (OperatingSystem.IsWindows())
            return;
        _home.Secret("key", "the-secret-value", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var result = Resolve("file:key", null);
        Assert.Equal($"file:key can be read by others (mode 0640): chmod 600 {Path.Combine(_home.Home.Secrets, "key")}.", result.Problem);
    }

    [Theory]
    [InlineData("env:MISSING", "MISSING")]
    [InlineData("env:BLANK", "BLANK")]
    [InlineData("file:missing", "missing")]
    [InlineData("file:empty", "empty")]
    public void Resolve_NothingThere_NamesTheReference(string reference, string named)
    {
        _home.Variable("BLANK", "  ").Secret("empty", "\n");
        var result = Resolve(reference, null);
        Assert.False(result.Found);
        Assert.Contains(named, result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_KnownSecret_IsScrubbedFromTexts()
    {
        Resolve("env:KEY", null);
        _home.Variable("KEY", "sk-abcdef");
        Assert.Equal("sk-abcdef", Resolve("env:KEY", null).Value);
        Assert.Equal("Bearer [secret] refused", _home.Redaction.Scrub("Bearer sk-abcdef refused"));
        Assert.DoesNotContain("sk-abcdef", Resolve("env:KEY", null).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Scrub_SecretWithinASecret_TakesTheWhole()
    {
        _home.Redaction.Add("secret-one");
        _home.Redaction.Add("secret-one-and-more");
        Assert.Equal("x [secret] y", _home.Redaction.Scrub("x secret-one-and-more y"));
    }

    private SecretResult Resolve(string reference, AgentId? agent) => new Secrets(_home.Inputs, _home.Redaction).Resolve(reference, agent);
}
