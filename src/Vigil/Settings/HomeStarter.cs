using Vigil.Agents;
using Vigil.Errors;

namespace Vigil.Settings;

/// <summary>Makes what a new home and a new agent begin with. Nothing that is there is ever overwritten.</summary>
public sealed class HomeStarter(VigilHome home)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const string Settings = """
        // Settings of this gateway. Everything is optional; the schema beside this file knows every key.
        // Changes take effect within a second. Secrets never stand here: "env:NAME" or "file:NAME" (a file in secrets/).
        {
          "$schema": "./vigil.schema.json",

          // "models": { "default": "openai/gpt-5.4-mini" },
          // "timezone": "Europe/Berlin",

          "gateway": {
            "heartbeat": { "every": "30m" }
          }
        }

        """;

    private const string Agent = """
        // Settings of this agent alone; what is absent here is inherited from vigil.json.
        {
          "$schema": "../../agent.schema.json"
        }

        """;

    private const string Soul = """
        # Soul

        You are a calm, capable assistant. You are brief and concrete, you say what you do not know, and you never invent facts.
        You respect the person's time: you speak up when it helps them, and stay silent when it does not.

        """;

    private const string Rules = """
        # How you work

        - Look before you answer: read files and use tools instead of guessing.
        - Keep what will matter later in memory/, in short dated notes.
        - Before anything that cannot be undone, ask.

        ## Heartbeat

        You were woken by a timer; nobody is waiting. Look at the due checks. If something is new and matters to the person, tell them once with
        notify_user. If not, end without it: silence is the normal result.

        """;

    private const string User = """
        # The person

        (Write here what your agent should know: name, language, work, what matters, what to leave alone.)

        """;

    private const string Heartbeat = """
        # Heartbeat

        <!--
        One line a check; while there is none, beats cost nothing. Examples:
        - [every 4h] Is anything urgent in inbox.md?
        - [2x/day] Look at today's plan in plan.md; remind me of what is due.
        -->

        """;

    /// <summary>Makes the home and its agent main where they are missing. True when the home is new.</summary>
    /// <exception cref="FaultException">The home cannot be made or written.</exception>
    public bool Start()
    {
        try
        {
            var fresh = !Directory.Exists(home.Root) || !File.Exists(home.SettingsFile);
            MakeDirectory(home.Root);
            MakeDirectory(home.Secrets);
            MakeDirectory(home.Agents);
            WriteIfAbsent(home.SettingsFile, Settings);
            if (!Directory.Exists(home.AgentDirectory(AgentId.Main)))
                AddAgent(AgentId.Main, null);
            return fresh;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new FaultException(new Fault("home_unusable", $"The home {home.Root} cannot be made or written: {failed.Message}",
                "Check its owner, mode and free space, or name another with VIGIL_HOME or --home.") { Kind = FaultKind.Unavailable }, failed);
        }
    }

    /// <summary>Makes an agent's directory, whole or not at all.</summary>
    public void AddAgent(AgentId agent, string? soul)
    {
        var target = home.AgentDirectory(agent);
        var making = Path.Combine(home.Agents, $".new-{agent}-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(Path.Combine(making, "workspace", "memory"));
            Directory.CreateDirectory(Path.Combine(making, "workspace", "skills"));
            File.WriteAllText(Path.Combine(making, "agent.json"), Agent);
            File.WriteAllText(Path.Combine(making, "workspace", "SOUL.md"), soul ?? Soul);
            File.WriteAllText(Path.Combine(making, "workspace", "AGENTS.md"), Rules);
            File.WriteAllText(Path.Combine(making, "workspace", "USER.md"), User);
            File.WriteAllText(Path.Combine(making, "workspace", "HEARTBEAT.md"), Heartbeat);
            Directory.Move(making, target);
        }
        finally
        {
            if (Directory.Exists(making))
                Directory.Delete(making, recursive: true);
        }
    }

    private static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else if (!Directory.Exists(path))
            Directory.CreateDirectory(path, OwnerOnly);
    }

    private static void WriteIfAbsent(string path, string text)
    {
        if (!File.Exists(path))
            File.WriteAllText(path, text);
    }
}
