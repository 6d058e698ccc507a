using System.ComponentModel;

namespace Vigil.Settings;

/// <summary><c>tools</c>: what agents may use.</summary>
public sealed record ToolsSettings
{
    [Description("Tools by name or glob; absent means the default set, an empty list means none.")]
    public IReadOnlyList<string>? Allow { get; init; }

    [Description("Tools by name or glob that are never offered, whatever allow says.")]
    public IReadOnlyList<string> Deny { get; init; } = [];

    [Description("Starting programs.")]
    public ShellSettings Shell { get; init; } = new();

    [Description("The agent's hand on its own schedules.")]
    public ScheduleToolSettings Schedules { get; init; } = new();

    [Description("Hosts or address ranges that web_fetch may reach although they are private.")]
    public IReadOnlyList<string> AllowPrivate { get; init; } = [];
}

/// <summary><c>tools.shell</c></summary>
public sealed record ShellSettings
{
    [Description("off, or allow-list.")]
    public ShellMode Mode { get; init; } = ShellMode.Off;

    [Description("Programs that may be started, by name.")]
    public IReadOnlyList<string> Allow { get; init; } = [];

    [Description("How long a program may run.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    [Description("Environment of the program: NAME to a value, env:NAME or file:NAME.")]
    [Text(TextFormat.MaybeSecret)]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    [Description("Programs that go on after the run that started them and wake the agent when they end.")]
    public BackgroundSettings Background { get; init; } = new();
}

/// <summary><c>tools.shell.background</c></summary>
public sealed record BackgroundSettings
{
    [Description("How many an agent may have running; 0 turns them off.")]
    [Bounds(0, 100)]
    public int Most { get; init; } = 4;

    [Description("How long one may run; more than 7d counts as 7d.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);
}

/// <summary><c>tools.schedules</c>: the bounds of the schedules that agents make for themselves.</summary>
public sealed record ScheduleToolSettings
{
    [Description("How many schedules an agent may have when it adds one itself.")]
    [Bounds(0, 1000)]
    public int Most { get; init; } = 20;

    [Description("What an agent schedules itself lies at least this far apart.")]
    [AtLeast("10s")]
    public TimeSpan Shortest { get; init; } = TimeSpan.FromMinutes(15);

    [Description("Offer the tool also in runs that no person asked for: heartbeats, wakes, schedules, webhooks, sub-agents.")]
    public bool Unattended { get; init; }
}

/// <summary>Which commands an agent may run.</summary>
public enum ShellMode
{
    Off,
    AllowList,
}

/// <summary>One MCP server: a command, or an address.</summary>
public sealed record McpServerSettings
{
    [Description("Program to start (stdio).")]
    public string? Command { get; init; }

    [Description("Arguments of the program.")]
    public IReadOnlyList<string> Args { get; init; } = [];

    [Description("Address of a streamable HTTP server.")]
    [Text(TextFormat.Url, Example = "https://mcp.example.org/mcp")]
    public string? Url { get; init; }

    [Description("Extra headers; a value may be, or end in, env:NAME or file:NAME.")]
    [Text(TextFormat.MaybeSecret)]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    [Description("Environment of the program: NAME to a value, env:NAME or file:NAME. Nothing else is passed on but PATH, HOME and LANG.")]
    [Text(TextFormat.MaybeSecret)]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    [Description("The server's tools by name or glob; absent means all, an empty list means none.")]
    public IReadOnlyList<string>? Allow { get; init; }

    [Description("The server's tools by name or glob that are never offered.")]
    public IReadOnlyList<string> Deny { get; init; } = [];

    [Description("How long one call may take.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}
