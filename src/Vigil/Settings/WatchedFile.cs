using Vigil.Errors;

namespace Vigil.Settings;

/// <summary>A file whose content is followed by looking at its time and size; works on every file system, also where watchers do not.</summary>
internal sealed class WatchedFile(string path)
{
    /// <summary>No file system's clock ticks more slowly.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(5);

    private (DateTime Time, long Length) _stamp;
    private bool _settled;
    private bool _read;

    public string Path => path;

    /// <summary>Null when there is no file.</summary>
    public byte[]? Content { get; private set; }

    /// <summary>Looks again; true when the content is not what it was, and at the first look.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public bool Refresh(bool force = false)
    {
        var file = new FileInfo(path);
        var stamp = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
        if (_read && !force && stamp == _stamp && _settled)
            return false;
        if (!file.Exists && Directory.Exists(path))
            throw new IOException("it is a directory");
        // Two writes within one tick of the file system's clock look alike; so the first quiet look after a change reads once more, unless it was long ago on that clock.
        _settled = stamp == _stamp || IsLongAgo(stamp.LastWriteTimeUtc);
        var content = file.Exists ? File.ReadAllBytes(path) : null;
        var changed = !_read || (content is null) != (Content is null) || !content.AsSpan().SequenceEqual(Content);
        (_stamp, _read, Content) = (stamp, true, content);
        return changed;
    }

    /// <summary>Whether a change at that time, on the file system's clock, can have no other one within its tick any more.</summary>
    public static bool IsLongAgo(DateTime changedAt) => changedAt < TimeProvider.System.GetUtcNow().UtcDateTime - s_tick;

    /// <summary>What keeps it from being read, as an error with a way out.</summary>
    public SettingsError Unreadable(Exception cause) => new(path, 0, 0, "", null, null, $"cannot be read: {HomeFault.Sentence(cause)}");

    public SettingsError Gone => new(path, 0, 0, "", null, null, "is gone; what it last held stays in force until it is back or Vigil is restarted");
}

/// <summary>Turns what the operating system says about the home into something a person can act on.</summary>
internal static class HomeFault
{
    private const int NoSpaceLeft = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static bool IsExpected(Exception cause) => cause is IOException or UnauthorizedAccessException;

    public static string Sentence(Exception cause) => cause switch
    {
        UnauthorizedAccessException => "this user has no right to it",
        IOException { HResult: NoSpaceLeft or WindowsDiskFull } => "the disk is full",
        IOException { HResult: ReadOnlyFileSystem } => "the file system is read-only",
        _ => cause.Message.TrimEnd('.'),
    };

    public static FaultException Of(string path, Exception cause) => new(
        new Fault("home_unusable", $"{path}: {Sentence(cause)}.", cause switch
        {
            UnauthorizedAccessException => $"Run as the owner of {path}, or choose another home with VIGIL_HOME.",
            IOException { HResult: NoSpaceLeft or WindowsDiskFull } => "Free some space, or choose a home on another disk with VIGIL_HOME.",
            _ => "Mend it, or choose another home with VIGIL_HOME.",
        }) { Kind = FaultKind.Unavailable },
        cause);
}
