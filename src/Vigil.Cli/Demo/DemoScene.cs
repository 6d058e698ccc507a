using NodaTime;

namespace Vigil.Cli.Demo;

/// <summary>Something that happens in the demo's world at a time of its day.</summary>
/// <param name="What">For the terminal.</param>
/// <param name="File">A file of an agent that changes, from the home's agents directory.</param>
/// <param name="Text">What stands in the file then; or what the build server posts.</param>
internal sealed record DemoScene(LocalTime At, string What, string? File, string Text)
{
    /// <summary>Up to here the day is played before anybody watches.</summary>
    public static LocalTime Curtain { get; } = new(16, 0);

    /// <summary>In the order of their times.</summary>
    public static IReadOnlyList<DemoScene> All { get; } =
    [
        new(new(9, 5), "The workshop is moved in the calendar of main.", "main/workspace/calendar.md", """
            # Friday

            - 11:15 Workshop, room 4 (moved from 10:30 to 11:15)
            - 12:40 Train to Kassel, platform 3

            """),
        new(new(11, 20), "A newsletter lands in the mailbox of main.", "main/workspace/mailbox.md", Mail("Garden World", "news-88@garden", "Spring offers: 20 % on tulips", "Only this week.")),
        new(new(13, 10), "An invoice lands in the mailbox of main.", "main/workspace/mailbox.md", Mail("Hosting", "invoice-311@hosting", "Invoice 311, due on Monday", "42.00 EUR, payable by Monday.")),
        new(new(16, 8), "A newsletter lands in the mailbox of main: the probe sees a change, the small model is asked, and stays silent.", "main/workspace/mailbox.md",
            Mail("Garden World", "news-89@garden", "Last call for tulips", "Only today.")),
        new(new(16, 15), "The build server posts a webhook: a task for ops.", null, "Build 512 of main failed: 1 of 1204 tests."),
        new(new(16, 24), "A mail of the landlord lands in the mailbox of main: the small model hands it over to the large one.", "main/workspace/mailbox.md",
            Mail("The landlord", "heating@landlord", "Heating on Monday, 7:30", "I change the valves on Monday at 7:30 and must get into every room. Please answer today before 18:00.")),
        new(new(16, 46), "The download of scout is done: its probe is watched, so it wakes at once.", "scout/workspace/download.json", """
            { "file": "archive.tar", "state": "done", "percent": 100, "bytes": 48200000000, "checksum": "right" }

            """),
    ];

    private static string Mail(string from, string id, string subject, string body) => $"From: {from}\nMessage-Id: <{id}>\nSubject: {subject}\n\n{body}\n";
}
