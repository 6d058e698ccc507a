using Vigil.Notify;

namespace Vigil.Tests.Notify;

public sealed class SaidTextTests
{
    [Theory]
    [InlineData("Your train is late.", "  your   TRAIN is\nlate!! ")]
    [InlineData("Three mails", "Three mails …")]
    [InlineData("Ｔｒａｉｎ　１２", "Train 12")]
    [InlineData("Café à 3 m", "Cafe\u0301 a\u0300 3\u00a0m")]
    [InlineData("Việt ậ", "Vie\u0323\u0302t a\u0302\u0323")]
    [InlineData("ﬁne œuvre", "fine œuvre")]
    [InlineData("𝗧𝗿𝗮𝗶𝗻 𝟭𝟮", "train 12")]
    [InlineData("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8")]
    [InlineData("ガス", "ｶﾞｽ")]
    [InlineData("so\u00adft zero\u200bwidth", "soft zerowidth")]
    [InlineData("ÉCLAIR Ω", "éclair ω")]
    public void W52_SameWords_HaveOneKey(string one, string other) => Assert.Equal(SaidText.Key(one), SaidText.Key(other));

    [Theory]
    [InlineData("3 mails", "4 mails")]
    [InlineData("Train 12", "Train 1 2")]
    [InlineData("Is it late?", "It is late")]
    [InlineData("resume", "résumé")]
    [InlineData("(a", "a")]
    [InlineData("", "a")]
    public void W52_OtherWordsOrDigits_HaveOtherKeys(string one, string other) => Assert.NotEqual(SaidText.Key(one), SaidText.Key(other));

    [Fact]
    public void Key_IsSha256InHex() => Assert.Matches("^[0-9a-f]{64}$", SaidText.Key("a"));

    [Theory]
    [InlineData("3 new mails, 1,234.50 EUR at 09:05", "3|1234.50|9|5")]
    [InlineData("1.234,50 EUR", "1234.50")]
    [InlineData("1,234,567 and 1.234.567", "1234567|1234567")]
    [InlineData("it is -5 °C, not 5 °C", "-5|5")]
    [InlineData("pages 10-12", "10|12")]
    [InlineData("version 10.0.12", "10.0.12")]
    [InlineData("3,5 % and 0.25", "3.5|0.25")]
    [InlineData("٣ mails, １２ left", "3|12")]
    [InlineData("no figures", "")]
    public void W53_Figures_AreTheNumbersInOrder(string text, string figures) => Assert.Equal(figures, string.Join('|', SaidText.Figures(text)));

    [Fact]
    public void Normalise_RandomText_NeverThrowsAndIsStable()
    {
        var random = new Random(95);
        for (var round = 0; round < 3000; round++)
        {
            var text = new string(Enumerable.Range(0, random.Next(30)).Select(_ => (char)random.Next(0x20, 0x10000)).ToArray());
            var normal = SaidText.Normalise(text);
            Assert.Equal(normal, SaidText.Normalise(normal));
            Assert.Equal(SaidText.Normalise(text), SaidText.Normalise($"  {text}.. "));
        }
    }

    [Theory]
    [InlineData("NO_REPLY")]
    [InlineData("HEARTBEAT_OK")]
    [InlineData("  HEARTBEAT_OK\n")]
    [InlineData("**NO_REPLY**")]
    [InlineData("`HEARTBEAT_OK`")]
    [InlineData("```\nNO_REPLY\n```")]
    [InlineData("**`HEARTBEAT_OK`**")]
    [InlineData("HEARTBEAT_OK.")]
    [InlineData("no_reply")]
    public void W44_WholeTextIsAToken_IsSilence(string text) => Assert.True(ProtocolText.IsSilenceToken(text));

    [Theory]
    [InlineData("The log says NO_REPLY twice.")]
    [InlineData("HEARTBEAT_OK but the disk is full")]
    [InlineData("NO_REPLY HEARTBEAT_OK")]
    [InlineData("[SILENT]")]
    [InlineData("STATUS: ok")]
    [InlineData("NO REPLY")]
    [InlineData("")]
    [InlineData(null)]
    public void W44_TokenInsideASentence_IsNotSilence(string? text) => Assert.False(ProtocolText.IsSilenceToken(text));
}
