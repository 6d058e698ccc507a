namespace Vigil.Gateway.Dashboard.Shell;

/// <param name="Path">Where it is; pages below it belong to it.</param>
/// <param name="Icon">A name that the component Icon knows.</param>
public sealed record NavPage(string Path, string Title, string Icon);

/// <summary>The pages of the navigation, in its order. A page is in the list when it exists.</summary>
public static class NavPages
{
    public static IReadOnlyList<NavPage> All { get; } =
    [
        new("/", "Today", "today"),
        new("/inbox", "Inbox", "inbox"),
        new("/chat", "Chat", "chat"),
        new("/work", "Work", "work"),
        new("/heartbeats", "Heartbeats", "heartbeat"),
        new("/schedules", "Schedules", "schedule"),
        new("/agents", "Agents", "agents"),
        new("/cost", "Cost", "cost"),
        new("/system", "System", "system"),
    ];

    public static NavPage? Of(string path)
        => All.FirstOrDefault(page => page.Path == path || (page.Path != "/" && path.StartsWith(page.Path + "/", StringComparison.Ordinal)));
}
