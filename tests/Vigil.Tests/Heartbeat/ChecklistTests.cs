using NodaTime;
using Vigil.Errors;
using Vigil.Heartbeat;

namespace Vigil.Tests.Heartbeat;

public sealed class ChecklistTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n\t\n")]
    [InlineData("# Heartbeat\n\n## Checks\n######\n")]
    [InlineData("<!-- one line -->\n<!--\nmany\n- lines\n-->\n")]
    [InlineData("```markdown\n# Add checks below\n```\n~~~\n~~~")]
    [InlineData("-\n* \n+\n1.\n2)\n- [ ]\n* [ ] \n[ ]\n> \n- - -\n***\n___\n")]
    [InlineData("- [x] done\n- [X] done too\n  with details\n  - and more\n1. [x] third")]
    [InlineData("Title\n=====\n")]
    [InlineData("\uFEFF# Heartbeat\r\n\r\n<!-- x -->\r\n")]
    public void H27_H28_H32_NothingAsked_IsEmpty(string? text) => Assert.True(Read(text).IsEmpty);

    [Fact]
    public void H30_SignWithoutSpace_IsACheck() => Assert.Equal("#inbox look at mail", Assert.Single(Read("#inbox look at mail").Checks).Text);

    [Fact]
    public void H31_ChecksUnderAnyHeading_AllCount()
        => Assert.Equal(["a1", "b1", "c1", "d1"], Texts("- a1\n# One\n- b1\n###### Deep\n* c1\n## Tasks\n1. d1"));

    [Fact]
    public void H32_UntickedBesideTicked_CountsAlone()
        => Assert.Equal(["call Ann", "under a ticked one"], Texts("- [x] call Bob\n- [ ] call Ann\n- [x] week\n  - [ ] under a ticked one\n  - [x] not this\n  nor this"));

    [Fact]
    public void H33_TooLarge_IsAFaultAndNotEmpty()
    {
        var reading = Checklist.Read(new string('x', Checklist.MaxBytes + 1));
        Assert.Null(reading.Checklist);
        Assert.Equal(FaultKind.TooLarge, reading.Fault!.Kind);
        Assert.NotNull(Checklist.Read(new string('é', Checklist.MaxBytes - 1)).Fault);
        Assert.Null(Checklist.Read(new string('x', Checklist.MaxBytes)).Fault);
    }

    [Theory]
    [InlineData("- [every 4h] Look at mail", "every 4 hours", null)]
    [InlineData("- Look at mail (every 4h)", "every 4 hours", null)]
    [InlineData("- Look at mail (every 4h).", "every 4 hours", null)]
    [InlineData("* [3x/day] Look at mail", "3 times a day", null)]
    [InlineData("Look at mail (3x/day, probe: mail)", "3 times a day", "mail")]
    [InlineData("- [ ] [every 1h30m, probe mail] Look at mail", "every 1 hour 30 minutes", "mail")]
    [InlineData("1. [every 4h] [probe mail] Look at mail", "every 4 hours", "mail")]
    [InlineData("1) [probe mail][every 4h] Look at mail", "every 4 hours", "mail")]
    [InlineData("[probe mail]: Look at mail (every 4h)", "every 4 hours", "mail")]
    [InlineData("- Look at mail (probe: mail) (every 4h)", "every 4 hours", "mail")]
    [InlineData("- [Every 30 minutes] Look at mail", "every 30 minutes", null)]
    [InlineData("- Look at mail (daily)", "once a day", null)]
    [InlineData("- Look at mail (twice a day)", "2 times a day", null)]
    [InlineData("- Look at mail (4 times per day)", "4 times a day", null)]
    [InlineData("- Look at mail (hourly)", "every 1 hour", null)]
    [InlineData("- Look at mail", "at every slot", null)]
    public void Read_TagsOfBothForms_AreUnderstood(string line, string cadence, string? probe)
    {
        var checklist = Read(line);
        var check = Assert.Single(checklist.Checks);
        Assert.Equal(("Look at mail", cadence, probe), (check.Text, check.Cadence.Describe(), check.Probe));
        Assert.Empty(checklist.Findings);
    }

    [Theory]
    [InlineData("- Look at mail (every soon)", "Look at mail (every soon)", "every 4h")]
    [InlineData("- Look at mail (evry 2h)", "Look at mail (evry 2h)", "every 2h")]
    [InlineData("- [evry 2h] Look at mail", "[evry 2h] Look at mail", "every 2h")]
    [InlineData("- Look at mail (every 0m)", "Look at mail (every 0m)", "every 4h")]
    [InlineData("- Look at mail (every 30s)", "Look at mail (every 30s)", "every 4h")]
    [InlineData("- Look at mail (0x/day)", "Look at mail (0x/day)", "3x/day")]
    [InlineData("- [9999x/day] Look at mail", "[9999x/day] Look at mail", "3x/day")]
    [InlineData("- Look at mail (3x/week)", "Look at mail (3x/week)", "3x/day")]
    [InlineData("- Look at mail (probe: mial)", "Look at mail (probe: mial)", "probe mail")]
    [InlineData("- [urgent] Look at mail", "[urgent] Look at mail", "every 4h, 3x/day or probe NAME")]
    public void H39_NotUnderstoodTag_StaysTextAndIsReported(string line, string text, string good)
    {
        var checklist = Read("# Checks\n\n" + line + "\n- other (every 4h)");
        Assert.Equal([text, "other"], checklist.Checks.Select(check => check.Text));
        Assert.Equal([CheckCadence.EverySlot, new CheckCadence.Every(Duration.FromHours(4))], checklist.Checks.Select(check => check.Cadence));
        var finding = Assert.Single(checklist.Findings);
        Assert.Equal((3, good), (finding.Line, finding.GoodValue));
    }

    [Fact]
    public void H39_PartlyUnderstood_KeepsTheRestAsText()
    {
        var checklist = Read("Look at mail (every 4h, probe: nope)");
        var check = Assert.Single(checklist.Checks);
        Assert.Equal(("Look at mail (probe: nope)", new CheckCadence.Every(Duration.FromHours(4)), null), (check.Text, check.Cadence, check.Probe));
        Assert.Contains("nope", Assert.Single(checklist.Findings).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SecondCadenceOrProbe_IsReported()
    {
        var checklist = Read("[every 4h] Look (every 2h)\n\n[probe mail] See (probe: git)");
        Assert.Equal(["Look (every 2h)", "See (probe: git)"], checklist.Checks.Select(check => check.Text));
        Assert.Equal([1, 3], checklist.Findings.Select(finding => finding.Line));
    }

    [Theory]
    [InlineData("- Call Ann (urgent)")]
    [InlineData("- Pay the bill (very important)")]
    [InlineData("- [the wiki](https://example.org) has news")]
    [InlineData("- [the wiki][1] has news")]
    [InlineData("- Look (see probes below)")]
    public void Read_OrdinaryParenthesesAndLinks_AreTextWithoutAFinding(string line)
    {
        var checklist = Read(line);
        Assert.Equal(line[2..], Assert.Single(checklist.Checks).Text);
        Assert.Empty(checklist.Findings);
    }

    [Fact]
    public void Read_IndentedLines_BelongToTheCheck()
    {
        var checks = Read("- Look at mail (every 4h)\n  - only from Bob\n\n  and answer\n  - [x] not this\n\t* deeper\n- next").Checks;
        Assert.Equal(["Look at mail\n  - only from Bob\n  and answer\n\t* deeper", "next"], checks.Select(check => check.Text));
        Assert.Equal([1, 7], checks.Select(check => check.Line));
    }

    [Fact]
    public void Read_WrappedText_TakesTheTagsAtItsEnd()
    {
        var check = Assert.Single(Read("- Look at mail and\n  answer what is short (every 4h)\n  - politely").Checks);
        Assert.Equal(("Look at mail and\n  answer what is short\n  - politely", "every 4 hours"), (check.Text, check.Cadence.Describe()));
    }

    [Fact]
    public void Read_PlainParagraphs_AreChecksAndTaggedLinesStandAlone()
    {
        Assert.Equal(["Look at mail\nand the calendar", "Second"], Texts("Look at mail\nand the calendar\n\nSecond"));
        var checks = Read("Look at mail (every 4h)\nLook at git (3x/day)\n[every 2h] Look at news\nAnd more").Checks;
        Assert.Equal(["Look at mail", "Look at git", "Look at news\nAnd more"], checks.Select(check => check.Text));
    }

    [Fact]
    public void Read_IndentedListUnderHeadingOrEmptyBullet_HasOneCheckAnItem()
    {
        Assert.Equal(["a", "b"], Texts("# Checks\n  - a\n  - b"));
        Assert.Equal(["a", "b"], Texts("-\n  - a\n  - b"));
        Assert.Equal(["a"], Texts("  # Heading\n  - a"));
    }

    [Fact]
    public void Read_UnderlinedLine_IsAHeadingAndSaysSoWhereDashesMayBeMeantAsARule()
    {
        var checklist = Read("Look at mail\n---\n- git");
        Assert.Equal("git", Assert.Single(checklist.Checks).Text);
        Assert.Equal(1, Assert.Single(checklist.Findings).Line);
        Assert.Equal(["Look at mail", "git"], Texts("Look at mail\n\n---\n- git"));
    }

    [Fact]
    public void Read_Comments_AreCutOutAndAnOpenOneIsReported()
    {
        Assert.Equal(["Look at mail now", "git"], Texts("- Look at <!-- every --> mail now\n<!-- - no\n- no --> \n- git <!-- x -->").Select(text => text.Replace("  ", " ", StringComparison.Ordinal)));
        var checklist = Read("- a\n- b <!-- never closed\n- c");
        Assert.Equal(["a", "b"], checklist.Checks.Select(check => check.Text));
        Assert.Equal((2, "-->"), (checklist.Findings[0].Line, checklist.Findings[0].GoodValue));
    }

    [Fact]
    public void Read_TagsWithoutWords_AskForNothing()
    {
        var checklist = Read("- [every 4h]");
        Assert.True(checklist.IsEmpty);
        Assert.Single(checklist.Findings);
    }

    [Fact]
    public void H41_Ids_DependOnTheWordsAlone()
    {
        var id = Id("- [every 4h] Look at mail\n  - only from Bob");
        Assert.Equal(id, Id("# Moved\n\n- other\n* Look at  mail (3x/day, probe: mail)\n    * only from Bob"));
        Assert.Equal(id, Id("1. [ ] look at mail\r\n\t- only from Bob"));
        Assert.NotEqual(id, Id("- Look at the mail\n  - only from Bob"));
        Assert.NotEqual(id, Id("- Look at mail\n  - only from Ann"));

        static string Id(string text) => Read(text).Checks.Single(check => check.Text.Contains("ook at", StringComparison.Ordinal)).Id;
    }

    [Fact]
    public void H41_SameWordsTwice_HaveTheirOwnIds()
    {
        var ids = Read("- a\n- b\n- a\n- A (every 4h)").Checks.Select(check => check.Id).ToList();
        Assert.Equal(4, ids.Distinct().Count());
        Assert.Equal([ids[0] + "-2", ids[0] + "-3"], ids[2..]);
    }

    [Fact]
    public void Read_RandomText_NeverThrowsAndLosesNoWord()
    {
        var random = new Random(81);
        string[] pieces = ["- ", "* ", "1. ", "[ ] ", "[x] ", "[every 4h] ", "[probe mail]", "(every ", "soon)", "(3x/day)", "# ", "#", "<!--", "-->", "```", "\n", "\n\n", "  ", "\t", "===", "---", "mail", "Ann", "é", "\ud83d\udce7", "[", "]", "(", ")", ",", "\r", "> "];
        for (var round = 0; round < 5000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => pieces[random.Next(pieces.Length)]));
            var checklist = Read(text);
            Assert.All(checklist.Checks, check => Assert.InRange(check.Line, 1, text.Length));
            Assert.Equal(checklist.Checks.Count, checklist.Checks.Select(check => check.Id).Distinct().Count());
            Assert.All(checklist.Findings, finding => Assert.NotEmpty(finding.GoodValue));
            if (!text.Contains("[x]", StringComparison.Ordinal) && !text.Contains("<!--", StringComparison.Ordinal)
                && !text.Contains('#', StringComparison.Ordinal) && !text.Contains("---", StringComparison.Ordinal)
                && !text.Contains("===", StringComparison.Ordinal) && !text.Contains("```", StringComparison.Ordinal))
                Assert.Equal(Count(text), checklist.Checks.Sum(check => Count(check.Text)));
        }

        static int Count(string text) => text.Split("Ann").Length - 1;
    }

    [Fact]
    public void Read_HostileText_IsReadInOnePass()
    {
        var blanks = new string(' ', Checklist.MaxBytes - 10);
        Assert.Single(Read($"a{blanks}b").Checks);
        Assert.Single(Read("a " + new string('(', Checklist.MaxBytes - 10)).Checks);
        Assert.True(Read(string.Concat(Enumerable.Repeat("- ", 30_000))).IsEmpty);
        Assert.NotEmpty(Read(string.Concat(Enumerable.Repeat("[a] ", 10_000))).Findings);
    }

    private static Checklist Read(string? text) => Checklist.Read(text, ["mail", "git"]).Checklist!;

    private static List<string> Texts(string text) => Read(text).Checks.Select(check => check.Text).ToList();
}
