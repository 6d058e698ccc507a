using NodaTime;

namespace Vigil.Gateway.Dashboard.Shell;

/// <summary>What every page shows around its own part.</summary>
public sealed record PageFrame
{
    /// <summary>The path of this page, by which its entry in the navigation is found.</summary>
    public required string Path { get; init; }

    /// <summary>Where this page can be looked at again, with its filters: forms come back to it. A page that answers a form has an address of its own only to send to.</summary>
    public required string Here { get; init; }

    /// <summary>This page answers a form: what somebody typed stands in it, and nothing fetched may take its place.</summary>
    public bool IsAnswer { get; init; }

    /// <summary>Null when nobody is signed in: then there is no navigation either.</summary>
    public string? Csrf { get; init; }

    /// <summary>light, dark or auto.</summary>
    public required string Theme { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>The person's zone: every time is shown in it.</summary>
    public required DateTimeZone Zone { get; init; }

    public int Unread { get; init; }

    /// <summary>Events up to this one are in the page; the stream goes on behind it. Null begins with what comes.</summary>
    public long? Seen { get; init; }

    public bool IsTestClock { get; init; }

    public bool IsScripted { get; init; }

    /// <summary>What became of the last change, told once.</summary>
    public string? Flash { get; init; }
}
