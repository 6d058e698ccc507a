using System.Text;

namespace Vigil.Tools.Files;

/// <summary>Whole text files of bounded size.</summary>
internal static class WorkspaceText
{
    /// <summary>Bytes of a file that can be edited or written at once.</summary>
    public const int Largest = 1_000_000;

    public static async Task<Opened<string>> ReadTextAsync(this Workspace workspace, WorkspacePath path, CancellationToken cancellationToken)
    {
        var opened = workspace.OpenRead(path);
        if (opened.Value is null)
            return new(null, opened.Problem);
        await using var stream = opened.Value;
        if (stream.Length > Largest)
            return new(null, $"'{path}' is too large to be changed here: {stream.Length} bytes of at most {Largest}.");
        var bytes = new byte[Largest + 1];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > Largest)
            return new(null, $"'{path}' is too large to be changed here: more than {Largest} bytes.");
        return IsBinary(bytes.AsSpan(0, length))
            ? new(null, $"'{path}' is not text.")
            : new(Encoding.UTF8.GetString(bytes, 0, length), null);
    }

    public static bool IsBinary(ReadOnlySpan<byte> start) => start[..Math.Min(start.Length, 8000)].Contains((byte)0);
}
