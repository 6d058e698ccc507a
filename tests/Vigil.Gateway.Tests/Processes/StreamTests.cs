using System.Globalization;
using Vigil.Cli;
using Vigil.Cli.Terminal;
using Vigil.Cli.Up;
using Vigil.Testing;

namespace Vigil.Gateway.Tests.Processes;

/// <summary>What becomes of the words of the command when its surroundings do not want them as they are.</summary>
public sealed class StreamTests : HomeTest
{
    [Theory]
    [InlineData("> /dev/full")]
    [InlineData(">&-")]
    public async Task Up_WhoseOutputCannotBeWritten_ServesAndStopsInOrder(string redirection)
    {
        // The input has ended, which is its order to stop, but it is given after the greeting.
        var (code, _, errors) = await VigilProcess.RunInShellAsync(Home, $"up --port 0 --until-input-ends < /dev/null {redirection}");
        Assert.Equal((0, ""), (code, errors));
        Assert.False(File.Exists(Path.Combine(Home, "gateway.json")));
    }

    [Fact]
    public async Task Command_WhoseOutputIsFull_FailsWithoutATrace()
    {
        var (code, _, errors) = await VigilProcess.RunInShellAsync(Home, "version > /dev/full");
        Assert.Equal(1, code);
        Assert.Single(errors.Split('\n'));
    }

    [Fact]
    public async Task Chat_WhoseGatewayIsRefused_SaysWhy()
    {
        await File.WriteAllTextAsync(Directory.CreateDirectory(Home).FullName + "/vigil.json", """{ "gateway": { "prot": 1 } }""");
        var (code, output, errors) = await VigilProcess.RunAsync(Home, "chat", "-m", "hello");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("gateway.prot", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\e[31mb", "a[31mb")]
    [InlineData("good\rbad", "good\nbad")]
    [InlineData("a\u009b2Jb\u0007", "a2Jb")]
    [InlineData("ab\u202ecd", "abcd")]
    [InlineData("two\r\n\tlines", "two\n\tlines")]
    [InlineData("emoji 👩‍👩‍👧 and עברית", "emoji 👩‍👩‍👧 and עברית")]
    public void Plain_OfWordsThatSteer_LeavesTheLetters(string words, string shown) => Assert.Equal(shown, Output.Plain(words));

    [Fact]
    public void StopWishes_HeardTwiceAtOnce_AreOneAndLaterTwo()
    {
        var clock = new VirtualClock(DateTimeOffset.UnixEpoch);
        var wishes = new StopWishes(clock);
        Assert.False(wishes.IsAnother());
        clock.Advance(TimeSpan.FromMilliseconds(50));
        Assert.False(wishes.IsAnother());
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(wishes.IsAnother());
    }

    [Fact]
    public async Task Numbers_OnAMachineWithAnotherLanguage_HaveADot()
    {
        var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        odd.NumberFormat.NumberDecimalSeparator = ",";
        var (own, all) = (CultureInfo.CurrentCulture, CultureInfo.DefaultThreadCurrentCulture);
        CultureInfo.CurrentCulture = odd;
        try
        {
            Assert.Equal(CommandLine.Usage, await CommandLine.RunAsync(["work", "show", ""]));
            // Of a thread that begins after it.
            Assert.Equal(CultureInfo.InvariantCulture, CultureInfo.DefaultThreadCurrentCulture);
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.DefaultThreadCurrentCulture) = (own, all);
        }
    }
}
