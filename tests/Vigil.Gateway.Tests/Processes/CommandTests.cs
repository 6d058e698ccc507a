using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.Processes;

public sealed class CommandTests : HomeTest
{
    [Theory]
    [InlineData("status")]
    [InlineData("events")]
    [InlineData("key", "list")]
    [InlineData("backup", "x.db")]
    public async Task Command_WithoutAGateway_SaysHowToStartOne(params string[] arguments)
    {
        var (code, output, errors) = await VigilProcess.RunAsync(Home, arguments);
        Assert.Equal((1, ""), (code, output));
        Assert.Equal("The gateway is not running. Start it with: vigil up", errors);
    }

    [Theory]
    [InlineData("stauts")]
    [InlineData("key", "add")]
    [InlineData("up", "--log", "xml")]
    [InlineData("key", "add", "x", "--scope", "root")]
    [InlineData("restore", "no-such-file.db")]
    public async Task Command_UsedWrongly_Exits2WithOneLine(params string[] arguments)
    {
        var (code, output, errors) = await VigilProcess.RunAsync(Home, arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.Single(errors.Split('\n'));
    }

    [Theory]
    [InlineData("There is no command 'vigil stauts'. Did you mean 'vigil status'? See: vigil --help", "stauts")]
    [InlineData("There is no command 'vigil cron lst'. Did you mean 'vigil cron list'? See: vigil cron --help", "cron", "lst")]
    [InlineData("vigil cron add has no option --evry. Did you mean '--every'? See: vigil cron add --help", "cron", "add", "x", "--evry", "5m")]
    [InlineData("vigil chat does not take 'there'. A text of several words stands in quotes. See: vigil chat --help", "chat", "there")]
    [InlineData("'tomorrow' is no value for --expires: it takes an instant, for example 2027-01-01T00:00:00Z. See: vigil key add --help", "key", "add", "x", "--expires", "tomorrow")]
    [InlineData("<work> is empty. See: vigil work show --help", "work", "show", "")]
    [InlineData("<agent> is empty. See: vigil agent show --help", "agent", "show", " ")]
    [InlineData("There is no command 'vigil [31mred'. See: vigil --help", "\e[31mred")]
    [InlineData("'first' is no value for <route>: it takes a whole number. See: vigil route remove --help", "route", "remove", "first")]
    public async Task Command_UsedWrongly_NamesTheWordAndWhatWasLikelyMeant(string said, params string[] arguments)
        => Assert.Equal((2, "", said), await VigilProcess.RunAsync(Home, arguments));

    [Fact]
    public async Task Texts_ThatBeginWithAnAt_AreTextsAndNoFiles()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        var next = await VigilProcess.RunAsync(Home, "cron", "next", "--cron", "@daily", "--timezone", "Europe/Berlin", "--from", "2026-05-01T00:00:00Z", "--count", "1");
        Assert.Equal((0, ""), (next.Code, next.Errors));
        Assert.Contains("2026-05-01T22:00:00Z", next.Output, StringComparison.Ordinal);
        var added = await VigilProcess.RunAsync(Home, "work", "add", "main", "@anna wrote", "--json");
        Assert.Equal(0, added.Code);
        var shown = await VigilProcess.RunAsync(Home, "work", "show", Json(added.Output).GetProperty("id").GetString()!, "--json");
        Assert.Equal("@anna wrote", Json(shown.Output).GetProperty("prompt").GetString());
    }

    [Fact]
    public async Task Times_AreThePersonsWithTheirOffset_AndWordsOfOthersDoNotSteerTheTerminal()
    {
        Directory.CreateDirectory(Home);
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.json"), """
            { "timezone": "Asia/Kolkata", "gateway": { "hooks": { "bell": { "prompt": "{{text}}", "deliverOnly": true, "deliver": "inbox" } } } }
            """);
        using var gateway = await VigilProcess.UpAsync(Home);
        using var client = await gateway.ClientAsync(Home);
        using var rung = await client.PostAsync("/hooks/bell", new StringContent("{\"text\":\"Ding\\u001b[2J dong\"}", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(System.Net.HttpStatusCode.Accepted, rung.StatusCode);

        var inbox = (await VigilProcess.RunAsync(Home, "inbox", "list")).Output;
        Assert.Matches(@"^ntf_\w+  \d{4}-\d\d-\d\d \d\d:\d\d \+05:30  main", inbox);
        Assert.Contains("Ding[2J dong", inbox, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', inbox);
        foreach (var command in new[] { "work list", "status", "events", "key list" })
            Assert.Matches(@"\d\d:\d\d:\d\d \+05:30", (await VigilProcess.RunAsync(Home, command.Split(' '))).Output);
        Assert.Matches(@"^Paused until \d{4}-\d\d-\d\d 15:00:00 \+05:30 \(Asia/Kolkata\)\.$", (await VigilProcess.RunAsync(Home, "heartbeat", "pause", "main", "--until", "3pm")).Output);
        Assert.Matches(@"paused until \d{4}-\d\d-\d\d 15:00:00 \+05:30", (await VigilProcess.RunAsync(Home, "heartbeat", "status", "main")).Output);
        var beat = System.Text.RegularExpressions.Regex.Match((await VigilProcess.RunAsync(Home, "heartbeat", "run", "main")).Output, @"wrk_\w+").Value;
        Assert.Matches(@"paused \(until \d{4}-\d\d-\d\d 15:00:00 \+05:30\)", (await VigilProcess.RunAsync(Home, "why", beat)).Output);
        Assert.Matches(@"gate +paused: skip \(paused\) until \d{4}-\d\d-\d\d 15:00:00 \+05:30", (await VigilProcess.RunAsync(Home, "work", "show", beat)).Output);
    }

    [Fact]
    public async Task Tables_OnANarrowTerminal_CutNothing()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        var id = Json((await VigilProcess.RunAsync(Home, "work", "add", "main", "look", "--wait", "30s", "--json")).Output).GetProperty("id").GetString()!;

        var shown = await VigilProcess.OnTerminalAsync(Home, columns: 40, "work", "list");

        Assert.Contains(id, shown, StringComparison.Ordinal);
        Assert.Contains("no-model", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('…', shown);
    }

    [Fact]
    public async Task Commands_WithValuesThatCannotBeMeant_RefuseThem()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        async Task RefusesAsync(int code, string said, params string[] arguments)
        {
            var (exit, _, errors) = await VigilProcess.RunAsync(Home, arguments);
            Assert.Equal(code, exit);
            Assert.Contains(said, errors, StringComparison.Ordinal);
        }
        await RefusesAsync(2, "lies after the last", "cost", "--from", "2026-05-02", "--to", "2026-05-01");
        await RefusesAsync(2, "The event is blank.", "heartbeat", "run", "main", "--event", " ");
        await RefusesAsync(1, "There is no agent 'nobody'.", "key", "add", "x", "--agent", "nobody");
        await RefusesAsync(2, "has no unit right behind the number", "cron", "add", "tea", "--at", "in 20 minutes", "--prompt", "x");
    }

    [Fact]
    public async Task Revoke_ByANameThatAnotherKeyHas_SaysThatItStillWorks()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        var first = Json((await VigilProcess.RunAsync(Home, "key", "add", "ci", "--json")).Output).GetProperty("details").GetProperty("id").GetString()!;
        var (code, _, errors) = await VigilProcess.RunAsync(Home, "key", "add", "ci");
        Assert.Equal(1, code);
        Assert.Contains("vigil key rotate ci", errors, StringComparison.Ordinal);
        Assert.Equal(0, (await VigilProcess.RunAsync(Home, "key", "rotate", "ci", "--overlap", "1h")).Code);

        Assert.Equal($"Another key of that name still works: vigil key revoke {first}", (await VigilProcess.RunAsync(Home, "key", "revoke", "ci")).Errors);
        Assert.Equal("", (await VigilProcess.RunAsync(Home, "key", "revoke", "ci")).Errors);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("up", "--help")]
    [InlineData("key", "add", "--help")]
    [InlineData("events", "-h")]
    public async Task Help_ShowsExamples(params string[] arguments)
    {
        var (code, output, _) = await VigilProcess.RunAsync(Home, arguments);
        Assert.Equal(0, code);
        Assert.Contains("Examples:\n  vigil ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryCommand_HasAnExample()
    {
        var (_, output, _) = await VigilProcess.RunAsync(Home, "--help");
        var commands = output.Split("Commands:")[1].Split("Examples:")[0].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ').Select(line => line.Trim().Split(' ')[0]);
        foreach (var command in commands)
            Assert.Contains($"  vigil {command}", (await VigilProcess.RunAsync(Home, command, "--help")).Output.Split("Examples:")[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_AgainstARunningGateway_DoTheirWork()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        var added = await VigilProcess.RunAsync(Home, "key", "add", "phone", "--scope", "chat", "--agent", "main");
        Assert.Equal(0, added.Code);
        Assert.Matches("^vgl_[0-9a-z]{52}$", added.Output);
        var keys = Json((await VigilProcess.RunAsync(Home, "key", "list", "--json")).Output).GetProperty("items");
        Assert.Equal(["gateway", "phone"], keys.EnumerateArray().Select(key => key.GetProperty("name").GetString()!).Order());
        Assert.Equal(0, (await VigilProcess.RunAsync(Home, "key", "revoke", "phone")).Code);
        var gone = await VigilProcess.RunAsync(Home, "key", "revoke", "phone");
        Assert.Equal((1, "There is no key 'phone'. 'vigil key list' shows those that there are."), (gone.Code, gone.Errors));
        var refused = await VigilProcess.RunAsync(Home, new Dictionary<string, string> { ["VIGIL_KEY"] = added.Output }, "status");
        Assert.Equal(1, refused.Code);
        Assert.StartsWith("The gateway refuses this key.", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("gateway.started", Json((await VigilProcess.RunAsync(Home, "events", "--json")).Output).GetProperty("items")[0].GetProperty("type").GetString());
        Assert.StartsWith("http://", (await VigilProcess.RunAsync(Home, "signin")).Output, StringComparison.Ordinal);
        var doctor = await VigilProcess.RunAsync(Home, "doctor", "--json");
        Assert.Equal(0, doctor.Code);
        Assert.Equal("running", Json(doctor.Output).GetProperty("gateway").GetString());
    }

    [Fact]
    public async Task Events_OfOneType_AreTheNewestOfThatType_HoweverFarBack()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        foreach (var name in new[] { "a", "b", "c" })
            Assert.Equal(0, (await VigilProcess.RunAsync(Home, "cron", "add", name, "--every", "1d", "--prompt", "p")).Code);

        var found = Json((await VigilProcess.RunAsync(Home, "events", "--type", "gateway.", "--limit", "1", "--json")).Output).GetProperty("items");
        Assert.Equal("gateway.started", Assert.Single(found.EnumerateArray()).GetProperty("type").GetString());
        var two = Json((await VigilProcess.RunAsync(Home, "events", "--type", "schedule.", "--limit", "2", "--json")).Output).GetProperty("items");
        Assert.Equal(["b", "c"], two.EnumerateArray().Select(one => one.GetProperty("payload").GetProperty("name").GetString()!));
    }

    [Fact]
    public async Task Chat_WithNobodyNamed_IsWithTheDefaultAgent()
    {
        await using var model = await FakeModelServer.StartAsync();
        Directory.CreateDirectory(Path.Combine(Home, "agents", "coder", "workspace"));
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.json"), $$"""
            { "defaultAgent": "coder", "models": { "default": "fake/m", "providers": { "fake": { "kind": "openai", "baseUrl": "{{model.OpenAIUrl}}" } } } }
            """);
        using var gateway = await VigilProcess.UpAsync(Home);

        var said = await VigilProcess.RunAsync(Home, "chat", "-m", "Hi.", "--json");

        Assert.Equal("agent:coder:main", Json(said.Output).GetProperty("session").GetString());
    }

    [Fact]
    public async Task Keys_AreLimitedAndRotated_AlsoTheOneOfThisMachine()
    {
        using var gateway = await VigilProcess.UpAsync(Home);
        Assert.Equal(0, (await VigilProcess.RunAsync(Home, "key", "add", "bot", "--spend-per-day", "2.50")).Code);
        var rotated = await VigilProcess.RunAsync(Home, "key", "rotate", "bot", "--overlap", "1h");
        Assert.Matches("^vgl_[0-9a-z]{52}$", rotated.Output);
        var table = (await VigilProcess.RunAsync(Home, "key", "list")).Output;
        Assert.Equal(2, table.Split('\n').Count(line => line.Contains("bot", StringComparison.Ordinal) && line.Contains("0.00 USD of 2.50", StringComparison.Ordinal)));

        var own = await VigilProcess.RunAsync(Home, "key", "rotate", "gateway");

        Assert.Equal(own.Output, (await File.ReadAllTextAsync(Path.Combine(Home, "secrets", "gateway.key"))).Trim());
        Assert.Equal(0, (await VigilProcess.RunAsync(Home, "status")).Code);
    }

    [Fact]
    public async Task BackupAndRestore_BringBackWhatWasThere()
    {
        var copy = InDirectory("copy.db");
        using (var gateway = await VigilProcess.UpAsync(Home))
        {
            Assert.Equal(0, (await VigilProcess.RunAsync(Home, "key", "add", "before")).Code);
            Assert.Equal(0, (await VigilProcess.RunAsync(Home, "backup", copy)).Code);
            Assert.Equal(0, (await VigilProcess.RunAsync(Home, "key", "add", "after")).Code);
            var (nowhere, _, why) = await VigilProcess.RunAsync(Home, "backup", InDirectory("nowhere/copy.db"));
            Assert.Equal(2, nowhere);
            Assert.StartsWith($"There is no folder {InDirectory("nowhere")}.", why, StringComparison.Ordinal);
            var (code, _, errors) = await VigilProcess.RunAsync(Home, "restore", copy);
            Assert.Equal(1, code);
            Assert.Contains($"process {gateway.Id}", errors, StringComparison.Ordinal);
            gateway.Signal("TERM");
            await gateway.EndAsync();
        }
        var settings = await File.ReadAllTextAsync(Path.Combine(Home, "vigil.json"));
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.json"), """{ "gateway": { "storage": { "kind": "postgres", "connection": "env:TEST_PG" } } }""");
        var (elsewhere, _, pointer) = await VigilProcess.RunAsync(Home, "restore", copy);
        Assert.Equal(1, elsewhere);
        Assert.Contains("pg_restore", pointer, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.json"), settings);
        await File.WriteAllTextAsync(InDirectory("bad.db"), "nothing of the kind");
        Assert.Equal(1, (await VigilProcess.RunAsync(Home, "restore", InDirectory("bad.db"))).Code);
        Assert.Equal(0, (await VigilProcess.RunAsync(Home, "restore", copy)).Code);
        using var again = await VigilProcess.UpAsync(Home);
        var names = Json((await VigilProcess.RunAsync(Home, "key", "list", "--json")).Output).GetProperty("items").EnumerateArray().Select(key => key.GetProperty("name").GetString()!);
        Assert.Contains("before", names);
        Assert.DoesNotContain("after", names);
    }

    [Fact]
    public async Task Doctor_WithoutAGateway_LooksAtTheHome()
    {
        Assert.Contains("vigil up", (await VigilProcess.RunAsync(Home, "doctor")).Output, StringComparison.Ordinal);
        using (var gateway = await VigilProcess.UpAsync(Home))
        {
            gateway.Signal("TERM");
            await gateway.EndAsync();
        }
        // Whoever works on this has a gateway of their own on the usual port.
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.json"), """{ "gateway": { "port": 0 } }""");
        var well = Json((await VigilProcess.RunAsync(Home, "doctor", "--json")).Output);
        Assert.True(well.GetProperty("ok").GetBoolean());
        Assert.Equal("not running", well.GetProperty("gateway").GetString());
        Assert.Contains(well.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("area").GetString() == "store" && finding.GetProperty("level").GetString() == "ok");
        await File.WriteAllTextAsync(Path.Combine(Home, "vigil.json"), "{ \"gatway\": {} }");
        var (code, output, _) = await VigilProcess.RunAsync(Home, "doctor");
        Assert.Equal(1, code);
        Assert.Contains("gateway", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "complete -F _vigil vigil")]
    [InlineData("zsh", "compdef _vigil vigil")]
    [InlineData("fish", "complete -c vigil")]
    public async Task Completion_PrintsAScript(string shell, string part)
        => Assert.Contains(part, (await VigilProcess.RunAsync(Home, "completion", shell)).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Suggest_KnowsTheCommands()
        => Assert.Contains("status", (await VigilProcess.RunAsync(Home, "[suggest:8]", "vigil st")).Output.Split('\n'));

    [Fact]
    public async Task Version_AsJson_IsJson()
        => Assert.Equal("0.1.0", Json((await VigilProcess.RunAsync(Home, "version", "--json")).Output).GetProperty("version").GetString());
}
