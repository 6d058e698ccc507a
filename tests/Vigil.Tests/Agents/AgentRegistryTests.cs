using Vigil.Agents;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Tests.Settings;

namespace Vigil.Tests.Agents;

public sealed class AgentRegistryTests : IDisposable
{
    private static readonly AgentId Coder = AgentId.Parse("coder");

    private readonly TempHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void A2_DirectoryCopiedByHand_ServesWithoutAChangeInside()
    {
        Assert.False(_home.Agents.Exists(Coder));
        _home.Agent("coder", File.ReadAllText(_home.Home.AgentFile(AgentId.Main)));
        _home.Wait();
        Assert.Equal(Coder, _home.Profile("coder").Id);
    }

    [Fact]
    public void A3_Origins_SayWhoSetEachKey()
    {
        _home.Settings("""{ "models": { "default": "openai/x" }, "gateway": { "heartbeat": { "every": "10m" } } }""");
        _home.Variable("VIGIL__TURNS__STEPS", "7").Set("timezone=Europe/Berlin");
        _home.Agent("coder", """{ "heartbeat": { "context": "main" }, "tools": { "allow": [] } }""");
        var origins = _home.Agents.Origins(Coder);
        Assert.Equal("vigil.json", origins["model"]);
        Assert.Equal("vigil.json", origins["heartbeat.every"]);
        Assert.Equal("agent.json", origins["heartbeat.context"]);
        Assert.Equal("agent.json", origins["tools.allow"]);
        Assert.Equal("environment", origins["turns.steps"]);
        Assert.Equal("command line", origins["timezone"]);
        Assert.Equal("default", origins["heartbeat.deliver"]);
        Assert.Equal("default", origins["tools.shell.mode"]);
    }

    [Fact]
    public void A4_ExplicitEmptyList_StaysEmptyAndAnAbsentOneInherits()
    {
        _home.Settings("""{ "tools": { "allow": ["read_file"], "deny": ["shell"] } }""").Agent("coder", """{ "tools": { "allow": [] } }""").Agent("owl");
        Assert.Empty(_home.Profile("coder").Tools.Allow!);
        Assert.Equal(["shell"], _home.Profile("coder").Tools.Deny);
        Assert.Equal(["read_file"], _home.Profile("owl").Tools.Allow);
    }

    [Fact]
    public void Sessions_SingleKeysAreMergedAndNullTakesAnInheritedOneAway()
    {
        _home.Settings("""{ "sessions": { "resetAfterIdle": "12h", "resetDaily": "04:00" } }""");
        _home.Agent("coder", """{ "sessions": { "resetDaily": "05:30" } }""").Agent("owl", """{ "sessions": { "resetAfterIdle": null } }""");
        Assert.Equal((TimeSpan.FromHours(12), "04:00"), (_home.Profile("main").Sessions.ResetAfterIdle, _home.Profile("main").Sessions.ResetDaily));
        Assert.Equal((TimeSpan.FromHours(12), "05:30"), (_home.Profile("coder").Sessions.ResetAfterIdle, _home.Profile("coder").Sessions.ResetDaily));
        Assert.Equal((null, "04:00"), (_home.Profile("owl").Sessions.ResetAfterIdle, _home.Profile("owl").Sessions.ResetDaily));
        var origins = _home.Agents.Origins(Coder);
        Assert.Equal(("vigil.json", "agent.json"), (origins["sessions.resetAfterIdle"], origins["sessions.resetDaily"]));
    }

    [Fact]
    public void A5_SettingsOfMain_TakeEffect()
    {
        _home.Settings("""{ "models": { "default": "openai/x" } }""").Agent("main", """{ "model": "ollama/y", "heartbeat": { "enabled": false } }""");
        var main = _home.Profile("main");
        Assert.Equal(("ollama/y", "agent", false), (main.Model, main.ModelDecidedBy, main.Heartbeat.Enabled));
    }

    [Theory]
    [InlineData("""{ "modle": "openai/x" }""", "modle")]
    [InlineData("""{ "model": "opnai/x" }""", "model")]
    [InlineData("""{ "heartbeat": { "every": "5s" } }""", "heartbeat.every")]
    [InlineData("""{ "probes": { "mail": { "path": "x" } } }""", "probes.mail.kind")]
    [InlineData("""{ "privacy": { "providers": ["opnai"] } }""", "privacy.providers[0]")]
    [InlineData("""{ "providers": { "openai": { "apiKey": "sk-inline-secret" } } }""", "providers.openai.apiKey")]
    [InlineData("""{ "sessions": { "resetAfterIdle": "12" } }""", "sessions.resetAfterIdle")]
    [InlineData("""{ "sessions": { "resetAfterIdle": "5s" } }""", "sessions.resetAfterIdle")]
    [InlineData("""{ "sessions": { "resetAfterIdle": 12 } }""", "sessions.resetAfterIdle")]
    [InlineData("""{ "sessions": { "resetDaily": "4:00" } }""", "sessions.resetDaily")]
    [InlineData("""{ "sessions": { "resetDaily": "24:00" } }""", "sessions.resetDaily")]
    [InlineData("""{ "sessions": { "resetDaly": "04:00" } }""", "sessions.resetDaly")]
    [InlineData("[]", "")]
    [InlineData("{", "")]
    public void A6_BrokenFile_NamesItAndLetsOthersServe(string json, string key)
    {
        _home.Agent("coder", json).Agent("owl");
        var error = Assert.Single(_home.Agents.Find(Coder).Broken!);
        Assert.Equal((_home.Home.AgentFile(Coder), 1, key), (error.File, error.Line, error.Key));
        Assert.DoesNotContain("sk-inline", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("agent_broken", Assert.Throws<FaultException>(() => _home.Agents.Find(Coder).Required()).Fault.Code);
        Assert.NotNull(_home.Profile("owl"));
        Assert.NotNull(_home.Profile("main"));
    }

    [Fact]
    public void A6_FileThatBreaksLater_KeepsTheLastGoodProfile()
    {
        _home.Agent("coder", """{ "model": "openai/x" }""");
        Assert.Equal("openai/x", _home.Profile("coder").Model);
        List<SettingsReload> reloads = [];
        _home.Monitor.Reloaded += reloads.Add;
        _home.Agent("coder", """{ "model": "x" }""");
        _home.Wait();
        var lookup = _home.Agents.Find(Coder);
        Assert.Equal(("openai/x", "model"), (lookup.Profile!.Model, Assert.Single(lookup.Broken!).Key));
        Assert.Equal((false, Coder), (Assert.Single(reloads).Accepted, reloads[0].Agent));
        Assert.Single(_home.Monitor.Errors);

        // What it inherits still follows vigil.json.
        _home.Settings("""{ "turns": { "steps": 3 } }""");
        _home.Wait();
        Assert.Equal((3, "openai/x"), (_home.Profile("coder").Turns.Steps, _home.Profile("coder").Model));
    }

    [Fact]
    public void A8_EditedModel_IsInTheNextProfileAndNotInThePinnedOne()
    {
        _home.Agent("coder", """{ "model": "openai/one" }""");
        var pinned = _home.Profile("coder");
        var version = _home.Monitor.Version;
        _home.Agent("coder", """{ "model": "openai/two" }""");
        _home.Wait();
        var next = _home.Profile("coder");
        Assert.Equal(("openai/one", "openai/two"), (pinned.Model, next.Model));
        Assert.NotEqual(pinned.Hash, next.Hash);
        Assert.True(_home.Monitor.Version > version);
    }

    [Fact]
    public void A9_IllegalNames_AreStraysWithTheReason()
    {
        Directory.CreateDirectory(Path.Combine(_home.Home.Agents, "Bad Name"));
        Directory.CreateDirectory(Path.Combine(_home.Home.Agents, ".hidden"));
        File.WriteAllText(Path.Combine(_home.Home.Agents, "file"), "");
        Assert.Equal([AgentId.Main], _home.Agents.Ids());
        Assert.Equal([".hidden", "Bad Name", "file"], _home.Agents.Strays.Select(stray => Path.GetFileName(stray.File)));
        Assert.Equal("bad-name", _home.Agents.Strays[1].GoodValue);
    }

    [Fact]
    public void Link_ToAnotherAgentOverAWayThatIsALinkItself_IsNoAgent()
    {
        var way = _home.Home.Root + "-way";
        Directory.CreateSymbolicLink(way, _home.Home.Root);
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(_home.Home.Agents, "twin"), Path.Combine(way, "agents", "main"));
            Assert.Equal("twin", Path.GetFileName(Assert.Single(_home.Agents.Strays).File));
        }
        finally
        {
            File.Delete(way);
        }
    }

    [Fact]
    public void Link_ElsewhereIsAnAgent_ASecondOneToTheSamePlaceIsNot()
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(_home.Home.Root, "elsewhere")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(_home.Home.Agents, "owl"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(_home.Home.Agents, "owl2"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(_home.Home.Agents, "gone"), Path.Combine(_home.Home.Root, "nowhere"));
        Directory.CreateSymbolicLink(Path.Combine(_home.Home.Agents, "circle"), "circle");
        Assert.Equal(["main", "owl"], _home.Agents.Ids().Select(agent => agent.Value));
        Assert.Equal(["circle", "gone", "owl2"], _home.Agents.Strays.Select(stray => Path.GetFileName(stray.File)));
        Assert.Contains("no directory", _home.Agents.Strays[1].Problem, StringComparison.Ordinal);
        Assert.Contains("same place as owl", _home.Agents.Strays[2].Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../main/workspace")]
    [InlineData("../main")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../..")]
    [InlineData("../../secrets")]
    [InlineData("/")]
    public void A12_A13_AWorkspaceThatLeadsToAnotherAgentOrToSettings_DoesNotServeUntilItHasItsOwn(string target)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_home.Home.Agents, "coder")).FullName;
        File.WriteAllText(Path.Combine(directory, "agent.json"), "{}");
        Directory.CreateSymbolicLink(Path.Combine(directory, "workspace"), target);
        var lookup = _home.Agents.Find(Coder);
        Assert.Null(lookup.Profile);
        Assert.Contains("other agents", Assert.Single(lookup.Broken!).Problem, StringComparison.Ordinal);
        Assert.NotNull(_home.Profile("main"));

        File.Delete(Path.Combine(directory, "workspace"));
        _home.Wait();
        Assert.NotNull(_home.Profile("coder"));
    }

    [Fact]
    public void A12_WorkspacesOnAnotherDisk_AreEachForOneAgent()
    {
        using var disk = new TempHome();
        foreach (var (agent, place) in new[] { ("coder", "c"), ("owl", "o"), ("owl2", "o") })
        {
            var there = Directory.CreateDirectory(Path.Combine(disk.Home.Root, place)).FullName;
            Directory.CreateDirectory(Path.Combine(_home.Home.Agents, agent));
            Directory.CreateSymbolicLink(Path.Combine(_home.Home.Agents, agent, "workspace"), there);
        }
        Assert.NotNull(_home.Profile("coder"));
        Assert.NotNull(_home.Profile("owl"));
        Assert.Contains("workspace of owl", _home.Agents.Find(AgentId.Parse("owl2")).Fault!.Message, StringComparison.Ordinal);
        Assert.NotNull(_home.Profile("owl"));
    }

    [Fact]
    public void Link_ToAnotherAgent_IsNoAgent()
    {
        Directory.CreateSymbolicLink(Path.Combine(_home.Home.Agents, "twin"), _home.Home.AgentDirectory(AgentId.Main));
        Assert.Equal("twin", Path.GetFileName(Assert.Single(_home.Agents.Strays).File));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../other/workspace/notes.md")]
    [InlineData("notes/../../agent.json")]
    [InlineData("C:\\\\x")]
    public void H49_ProbeOutsideTheWorkspace_IsRefused(string path)
    {
        _home.Agent("coder", $$"""{ "probes": { "notes": { "kind": "file", "path": "{{path}}" } } }""");
        Assert.Equal("probes.notes.path", Assert.Single(_home.Agents.Find(Coder).Broken!).Key);
    }

    [Fact]
    public void H57_H89_HeartbeatBlockOfOneAgent_ChangesThatAgentKeyByKey()
    {
        _home.Settings("""{ "gateway": { "heartbeat": { "every": "10m", "model": "openai/cheap" } }, "models": { "default": "openai/strong" } }""");
        _home.Agent("coder", """{ "heartbeat": { "model": "openai/own" } }""").Agent("owl");
        Assert.Equal((TimeSpan.FromMinutes(10), "openai/own", true), (_home.Profile("coder").Heartbeat.Every, _home.Profile("coder").Heartbeat.Model, _home.Profile("coder").Heartbeat.Enabled));
        Assert.Equal((TimeSpan.FromMinutes(10), "openai/cheap"), (_home.Profile("owl").Heartbeat.Every, _home.Profile("owl").Heartbeat.Model));
        Assert.Equal(("openai/strong", "openai/strong"), (_home.Profile("coder").Model, _home.Profile("owl").Model));
    }

    [Fact]
    public void Budget_OfAnAgent_IsItsOwnAndInheritsOnlyTheAction()
    {
        _home.Settings("""{ "budget": { "daily": { "usd": 9 }, "onExceeded": "warn" } }""").Agent("coder", """{ "budget": { "daily": { "usd": 1 } } }""");
        Assert.Equal((1m, BudgetAction.Warn), (_home.Profile("coder").Budget.Daily!.Usd!.Value, _home.Profile("coder").Budget.OnExceeded));
        Assert.Null(_home.Profile("main").Budget.Daily);
    }

    [Fact]
    public void H23_NoZone_IsTheMachines()
        => Assert.Equal(Vigil.Time.Zones.Host().Id, _home.Profile("main").Timezone);

    [Fact]
    public void A58_UnknownAgent_HasNearIds()
    {
        _home.Agent("coder");
        var fault = _home.Agents.Find(AgentId.Parse("codr")).Unknown!;
        Assert.Equal(("agent_not_found", FaultKind.NotFound), (fault.Code, fault.Kind));
        Assert.Contains("coder", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A59_Add_ServesAtOnceAndRefusesADuplicate()
    {
        Assert.Null(_home.Agents.Add(Coder, "# You write code\n"));
        Assert.Equal(Coder, _home.Profile("coder").Id);
        Assert.Equal("# You write code\n", File.ReadAllText(Path.Combine(_home.Home.Workspace(Coder), "SOUL.md")));
        Assert.Equal("agent_exists", _home.Agents.Add(Coder, "other")!.Code);
        Assert.Equal("# You write code\n", File.ReadAllText(Path.Combine(_home.Home.Workspace(Coder), "SOUL.md")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_home.Home.Workspace(Coder), "memory")));
    }

    [Fact]
    public void A60_MainAndTheDefault_CannotBeRemoved()
    {
        _home.Agent("coder").Settings("""{ "defaultAgent": "coder" }""");
        Assert.Equal("agent_needed", _home.Agents.Remove(AgentId.Main).Fault!.Code);
        Assert.Equal("agent_needed", _home.Agents.Remove(Coder).Fault!.Code);
        Assert.Equal("agent_not_found", _home.Agents.Remove(AgentId.Parse("nobody")).Fault!.Code);
    }

    [Fact]
    public void A60_TheAgentOfAHook_CannotBeRemovedUntilTheHookIsAnothers()
    {
        _home.Agent("coder").Settings("""{ "gateway": { "hooks": { "issues": { "agent": "coder", "prompt": "x" } } } }""");
        var refused = _home.Agents.Remove(Coder).Fault!;
        Assert.Equal("agent_needed", refused.Code);
        Assert.Contains("gateway.hooks.issues.agent", refused.Hint, StringComparison.Ordinal);
        Assert.True(_home.Agents.Exists(Coder));
    }

    [Fact]
    public void A62_Remove_MovesFilesAndSecretsAside()
    {
        _home.Agent("coder").Secret("coder/key", "value-of-coder");
        var moved = _home.Agents.Remove(Coder).MovedTo!;
        Assert.False(_home.Agents.Exists(Coder));
        Assert.False(Directory.Exists(_home.Home.AgentSecrets(Coder)));
        Assert.Equal(_home.Home.Removed, Path.GetDirectoryName(moved));
        Assert.True(File.Exists(Path.Combine(moved, "agent.json")));
        Assert.Null(_home.Agents.Add(Coder));
        Assert.NotEqual(moved, _home.Agents.Remove(Coder).MovedTo);
    }

    [Fact]
    public void A63_Clone_CopiesIdentityAndSkillsAndMemoryOnlyWhenAsked()
    {
        _home.Agent("coder", """{ "model": "openai/x" }""").Secret("coder/key", "value-of-coder");
        var from = _home.Home.Workspace(Coder);
        Directory.CreateDirectory(Path.Combine(from, "skills", "git"));
        Directory.CreateDirectory(Path.Combine(from, "memory"));
        File.WriteAllText(Path.Combine(from, "SOUL.md"), "soul of coder");
        File.WriteAllText(Path.Combine(from, "skills", "git", "SKILL.md"), "skill");
        File.WriteAllText(Path.Combine(from, "memory", "2026.md"), "memory");
        File.WriteAllText(Path.Combine(from, "draft.txt"), "other file");

        Assert.Null(_home.Agents.Clone(Coder, AgentId.Parse("two")));
        Assert.Null(_home.Agents.Clone(Coder, AgentId.Parse("three"), memory: true));
        var two = _home.Home.Workspace(AgentId.Parse("two"));
        Assert.Equal(("openai/x", "soul of coder"), (_home.Profile("two").Model, File.ReadAllText(Path.Combine(two, "SOUL.md"))));
        Assert.True(File.Exists(Path.Combine(two, "skills", "git", "SKILL.md")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(two, "memory")));
        Assert.False(File.Exists(Path.Combine(two, "draft.txt")));
        Assert.False(Directory.Exists(_home.Home.AgentSecrets(AgentId.Parse("two"))));
        Assert.True(File.Exists(Path.Combine(_home.Home.Workspace(AgentId.Parse("three")), "memory", "2026.md")));
    }

    [Fact]
    public void A64_CloneThatCannotBe_LeavesNothing()
    {
        _home.Agent("coder").Agent("owl");
        Assert.Equal("agent_not_found", _home.Agents.Clone(AgentId.Parse("nobody"), AgentId.Parse("two"))!.Code);
        Assert.Equal("agent_exists", _home.Agents.Clone(Coder, AgentId.Parse("owl"))!.Code);
        // A directory in the way of a file makes the copy fail half-way.
        Directory.CreateDirectory(Path.Combine(_home.Home.Workspace(Coder), "memory"));
        File.CreateSymbolicLink(Path.Combine(_home.Home.Workspace(Coder), "SOUL.md"), Path.Combine(_home.Home.Root, "SOUL.md"));
        File.CreateSymbolicLink(Path.Combine(_home.Home.Root, "SOUL.md"), Path.Combine(_home.Home.Workspace(Coder), "SOUL.md"));
        Assert.Throws<FaultException>(() => _home.Agents.Clone(Coder, AgentId.Parse("two")));
        Assert.False(_home.Agents.Exists(AgentId.Parse("two")));
        Assert.Empty(Directory.GetDirectories(_home.Home.Root, ".adding-*"));
    }

    [Fact]
    public void A65_DirectoryTakenAway_IsGoneAndItsRouteReported()
    {
        _home.Agent("coder").Routes("""{ "routes": [ { "match": { "platform": "telegram" }, "agent": "coder" } ] }""");
        Assert.NotNull(_home.Profile("coder"));
        Directory.Delete(_home.Home.AgentDirectory(Coder), recursive: true);
        _home.Wait();
        Assert.False(_home.Agents.Exists(Coder));
        Assert.Contains("gone", Assert.Single(_home.Monitor.Errors).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A66_UnreadableFile_BreaksThatAgentAlone()
    {
        _home.Agent("coder", null);
        Directory.CreateDirectory(_home.Home.AgentFile(Coder));
        Assert.NotNull(_home.Profile("main"));
        var error = Assert.Single(_home.Agents.Find(Coder).Broken!);
        Assert.Equal((_home.Home.AgentFile(Coder), "cannot be read: it is a directory"), (error.File, error.Problem));
    }

    [Fact]
    public void Ids_Paged_AreInOrdinalOrder()
    {
        foreach (var id in new[] { "b", "a-1", "a_1", "c", "10" })
            _home.Agent(id);
        Assert.Equal(["10", "a-1", "a_1", "b", "c", "main"], _home.Agents.Ids().Select(id => id.Value));
        Assert.Equal(["a_1", "b"], _home.Agents.Ids("a-1", 2).Select(id => id.Value));
        Assert.Equal(["b"], _home.Agents.Ids("a_2", 1).Select(id => id.Value));
        Assert.Empty(_home.Agents.Ids("main"));
    }

    [Fact]
    public void Profiles_ThatSetNothing_ShareTheirParts()
    {
        _home.Agent("coder").Agent("owl", "// nothing\n{}");
        Assert.Same(_home.Profile("coder").Heartbeat, _home.Profile("owl").Heartbeat);
        Assert.Same(_home.Profile("coder").Providers, _home.Profile("owl").Providers);
    }

    [Fact]
    public void Find_MoreAgentsThanAreKept_DropsThoseNotUsedForLongestAndReadsThemAnew()
    {
        for (var i = 0; i < 30; i++)
            _home.Agent($"a{i:00}");
        var agents = Registry(most: 10);
        var pinned = Find(agents, "a00");
        for (var i = 1; i < 30; i++)
        {
            Find(agents, $"a{i:00}");
            Find(agents, "a01");
        }

        Assert.InRange(agents.Kept, 10, 11);
        Assert.Same(Find(agents, "a01"), Find(agents, "a01"));
        Assert.Same(Find(agents, "a29"), Find(agents, "a29"));
        var again = Find(agents, "a00");
        Assert.NotSame(pinned, again);
        Assert.Equal(pinned.Hash, again.Hash);
    }

    [Fact]
    public void Find_AgentThatWasDropped_FollowsItsFileAndTheSettings()
    {
        _home.Agent("coder", """{ "model": "openai/one" }""");
        for (var i = 0; i < 30; i++)
            _home.Agent($"a{i:00}");
        var agents = Registry(most: 10);
        _home.Monitor.Follow(agents);
        Assert.Equal("openai/one", Find(agents, "coder").Model);
        UseMany(agents);

        _home.Agent("coder", """{ "model": "openai/two" }""").Settings("""{ "turns": { "steps": 3 } }""");
        _home.Wait();
        Assert.Equal(("openai/two", 3), (Find(agents, "coder").Model, Find(agents, "coder").Turns.Steps));

        List<SettingsReload> reloads = [];
        _home.Monitor.Reloaded += reloads.Add;
        _home.Agent("coder", """{ "model": "openai/three" }""");
        _home.Wait();
        Assert.Equal("openai/three", Find(agents, "coder").Model);
        Assert.Equal([Coder], reloads.Select(reload => reload.Agent!.Value));
    }

    [Fact]
    public void Find_AgentWhoseFileBroke_IsNotDroppedWithItsLastGoodProfile()
    {
        _home.Agent("coder", """{ "model": "openai/one" }""");
        for (var i = 0; i < 30; i++)
            _home.Agent($"a{i:00}");
        var agents = Registry(most: 10);
        Find(agents, "coder");
        _home.Agent("coder", "{");
        _home.Wait();
        Assert.Equal("openai/one", Find(agents, "coder").Model);

        UseMany(agents);

        Assert.Equal("openai/one", Find(agents, "coder").Model);
        Assert.Single(((IReloadPart)agents).Errors);
    }

    [Fact]
    public async Task Find_ManyAtOnce_StaysBoundedAndEveryProfileIsItsAgents()
    {
        for (var i = 0; i < 30; i++)
            _home.Agent($"a{i:00}");
        var agents = Registry(most: 10);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(task => Task.Run(() =>
        {
            for (var i = 0; i < 300; i++)
            {
                var id = $"a{(i * (task + 1)) % 30:00}";
                Assert.Equal(id, Find(agents, id).Id.Value);
            }
        })));
        UseMany(agents);

        Assert.InRange(agents.Kept, 10, 11);
    }

    private AgentRegistry Registry(int most)
    {
        var directories = new AgentDirectories(_home.Home);
        directories.Refresh(force: true);
        return new AgentRegistry(_home.Home, directories, _home.Monitor, _home.Clock, most);
    }

    private static AgentProfile Find(AgentRegistry agents, string id) => agents.Find(AgentId.Parse(id)).Required();

    private static void UseMany(AgentRegistry agents)
    {
        for (var i = 0; i < 30; i++)
            Find(agents, $"a{i:00}");
    }
}
