using System.Text;

namespace Vigil.Tools.Files;

/// <summary>Whole files of bounded size. They are local and small: read on the caller's thread, since handing that over would take longer than reading.</summary>
internal static class WorkspaceText
{
    /// <summary>Bytes of a file that can be edited or written at once.</summary>
    public const int Largest = 1_000_000;

    public static Opened<string> ReadText(this Workspace workspace, WorkspacePath path)
    {
        var read = workspace.ReadBytes(path);
        if (read.Value is not { } bytes)
            return new(null, read.Problem);
        return IsBinary(bytes) ? new(null, $"'{path}' is not text.") : new(Encoding.UTF8.GetString(bytes), null);
    }

    public static Opened<byte[]> ReadBytes(this Workspace workspace, WorkspacePath path)
    {
        var opened = workspace.OpenRead(path);
        if (opened.Value is null)
            return new(null, opened.Problem);
        using var stream = opened.Value;
        if (stream.Length > Largest)
            return new(null, $"'{path}' is too large to be changed here: {stream.Length} bytes of at most {Largest}.");
        // One byte more than it says, to see whether it grew; what has no length of its own (a device's report) grows from there.
        var bytes = new byte[stream.Length + 1];
        var length = stream.Read(bytes);
        // A plain file that has what it says is read; whatever else may have more to come.
        if (length > 0 && length == bytes.Length - 1)
            return new(bytes[..length], null);
        while ((length += stream.ReadAtLeast(bytes.AsSpan(length), bytes.Length - length, throwOnEndOfStream: false)) == bytes.Length && length <= Largest)
            Array.Resize(ref bytes, Math.Min(Math.Max(2 * length, 4096), Largest + 1));
        if (length > Largest)
            return new(null, $"'{path}' is too large to be changed here: more than {Largest} bytes.");
        Array.Resize(ref bytes, length);
        return new(bytes, null);
    }

    public static bool IsBinary(ReadOnlySpan<byte> start) => start[..Math.Min(start.Length, 8000)].Contains((byte)0);
}
