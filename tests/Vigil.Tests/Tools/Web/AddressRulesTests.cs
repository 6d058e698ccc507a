using System.Net;
using Vigil.Tools.Web;

namespace Vigil.Tests.Tools.Web;

public sealed class AddressRulesTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.9.10")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("ff02::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001:0:1:2::3")]
    [InlineData("2001:db8::1")]
    public void IsPublic_ReservedAddress_IsNot(string address)
    {
        Assert.False(AddressRules.IsPublic(IPAddress.Parse(address)));
        Assert.False(new AddressRules([]).Allows("host", IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946")]
    [InlineData("::ffff:93.184.216.34")]
    [InlineData("64:ff9b::93.184.216.34")]
    public void IsPublic_AddressOfTheInternet_Is(string address) => Assert.True(AddressRules.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public void Allows_SettingsLetThrough_OnlyWhatTheyName()
    {
        var rules = new AddressRules(["192.168.1.0/24", "nas.home", "*.corp", "127.0.0.1", "[fd00::1]"]);
        Assert.True(rules.Allows("x", IPAddress.Parse("192.168.1.7")));
        Assert.True(rules.Allows("x", IPAddress.Parse("::ffff:192.168.1.7")));
        Assert.False(rules.Allows("x", IPAddress.Parse("192.168.2.7")));
        Assert.True(rules.Allows("NAS.home", IPAddress.Parse("10.0.0.1")));
        Assert.True(rules.Allows("wiki.corp", IPAddress.Parse("10.0.0.1")));
        Assert.False(rules.Allows("corp", IPAddress.Parse("10.0.0.1")));
        Assert.False(rules.Allows("nas.home.evil", IPAddress.Parse("10.0.0.1")));
        Assert.True(rules.Allows("x", IPAddress.Parse("127.0.0.1")));
        Assert.False(rules.Allows("x", IPAddress.Parse("127.0.0.2")));
        Assert.True(rules.Allows("x", IPAddress.Parse("fd00::1")));
        Assert.False(rules.Allows("x", IPAddress.Parse("169.254.169.254")));
    }
}
