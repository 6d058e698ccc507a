using System.Text;
using Vigil.Tasks;

namespace Vigil.Tests.Tasks;

public sealed class HookSignatureTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Fact]
    public void Check_GitHubsPublishedExample_Passes()
    {
        // The example of GitHub's documentation on validating deliveries.
        Assert.Null(HookSignature.Check("github", "It's a Secret to Everybody", "Hello, World!"u8,
            Header("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"), s_now));
    }

    [Theory]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18")]
    [InlineData("sha256=757107")]
    [InlineData("sha256=zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha1=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("")]
    public void Check_AnotherSignature_IsRefused(string value)
        => Assert.NotNull(HookSignature.Check("github", "It's a Secret to Everybody", "Hello, World!"u8, Header("X-Hub-Signature-256", value), s_now));

    [Theory]
    [InlineData(0, true)]
    [InlineData(300, true)]
    [InlineData(-300, true)]
    [InlineData(301, false)]
    [InlineData(-301, false)]
    public void C73_Check_TimestampOff_PassesWithinFiveMinutes(int off, bool passes)
    {
        var seconds = s_now.ToUnixTimeSeconds() + off;
        var body = "{}"u8.ToArray();
        var signed = HookSignature.Sign("secret", seconds, body);
        Func<string, string?> headers = name => name == HookSignature.TimestampHeader ? $"{seconds}" : name == HookSignature.SignatureHeader ? signed : null;
        Assert.Equal(passes, HookSignature.Check("vigil", "secret", body, headers, s_now) is null);
        Assert.Equal(passes, HookSignature.Check("stripe", "secret", body, Header("Stripe-Signature", $"t={seconds},v1=00,{signed}"), s_now) is null);
        Assert.NotNull(HookSignature.Check("vigil", "secret", Encoding.UTF8.GetBytes("{ }"), headers, s_now));
    }

    [Theory]
    [InlineData("99999999999999999999")]
    [InlineData("-1")]
    [InlineData("9223372036854775807")]
    [InlineData("soon")]
    public void Check_TimestampThatIsNone_IsRefused(string timestamp)
        => Assert.NotNull(HookSignature.Check("stripe", "secret", "{}"u8, Header("Stripe-Signature", $"t={timestamp},v1=00"), s_now));

    private static Func<string, string?> Header(string name, string value) => asked => asked == name ? value : null;
}
