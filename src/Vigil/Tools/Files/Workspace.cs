using System.IO.Enumeration;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Vigil.Agents;
using Vigil.Settings;

namespace Vigil.Tools.Files;

/// <summary>Either the value or a sentence for the model.</summary>
internal readonly record struct Opened<T>(T? Value, string? Problem)
    where T : class;

internal sealed record WorkspaceEntry(WorkspacePath Path, bool IsDirectory, bool IsLink, long Length, DateTimeOffset ChangedAt);

/// <summary>
/// An agent's own files, and nothing else. Every access is confined to the workspace: a path that leaves it is refused, a link that leaves it is not followed,
/// also one that is put there between a check and the access.
/// </summary>
internal sealed class Workspace(string root)
{
    private const string TemporaryPrefix = ".vigil-tmp-";

    // Two calls of one step may change the same file; each read-change-write holds its stripe.
    private static readonly SemaphoreSlim[] Stripes = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    public string Root { get; } = root;

    public static Workspace Of(VigilHome home, AgentId agent) => new(home.Workspace(agent));

    /// <summary>Makes the workspace if its agent is there; null, or why not. A directory made for an agent that was taken away would bring it back as an empty one.</summary>
    public string? Ensure()
    {
        if (!Directory.Exists(Path.GetDirectoryName(Root)) && Path.GetFileName(Path.GetDirectoryName(Root)) != AgentId.Main.Value)
            return "This agent was removed; it has no files any more.";
        Directory.CreateDirectory(Root);
        return null;
    }

    public Opened<FileStream> OpenRead(WorkspacePath path)
    {
        if (path.IsRoot)
            return new(null, "The path names the workspace itself, not a file.");
        try
        {
            return OperatingSystem.IsLinux() && Beneath.Available ? OpenBeneath(path) : OpenChecked(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new(null, Why(failure, path));
        }
    }

    public Opened<PinnedDirectory> OpenDirectory(WorkspacePath path)
    {
        if (!OperatingSystem.IsLinux() || !Beneath.Available)
        {
            if (LinkIn(path) is { } link)
                return new(null, link);
            var full = Full(path);
            return Directory.Exists(full) ? new(new PinnedDirectory(full), null) : new(null, $"There is no folder '{path}'.");
        }
        using var root = Beneath.OpenRoot(Root, out var error);
        if (root is null)
            return new(null, Why(error, path, "folder"));
        var handle = Beneath.Open(root, path.Value, directory: true, out error);
        return handle is null ? new(null, Why(error, path, "folder")) : new(new PinnedDirectory(handle), null);
    }

    /// <summary>Puts the text in place of the file, at once or not at all; missing folders are made. Null, or why not.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">All of its new text.</param>
    /// <param name="durable">Whether it must outlast a loss of power; what can be written again need not, and costs no flush to the disk.</param>
    /// <param name="changedAt">The time of change that the file gets; null for now.</param>
    public string? Write(WorkspacePath path, string text, bool durable = true, DateTime? changedAt = null)
    {
        if (path.IsRoot)
            return "The path names the workspace itself, not a file.";
        try
        {
            if (Ensure() is { } gone)
                return gone;
            var opened = MakeDirectory(path.Parent);
            if (opened.Value is null)
                return opened.Problem;
            using var directory = opened.Value;
            Replace(directory, path.Name, text, durable, changedAt);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Why(failure, path);
        }
    }

    /// <summary>Keeps others of this process from changing the file until the result is disposed.</summary>
    public async Task<IDisposable> LockAsync(WorkspacePath path, CancellationToken cancellationToken)
    {
        var stripe = Stripes[(uint)string.GetHashCode(Full(path), StringComparison.OrdinalIgnoreCase) % Stripes.Length];
        await stripe.WaitAsync(cancellationToken);
        return new Held(stripe);
    }

    /// <summary>The entries of a folder and, to a depth, of its folders, in ordinal order. Links are listed and never entered.</summary>
    public IEnumerable<WorkspaceEntry> Walk(WorkspacePath path, int depth)
    {
        foreach (var entry in Entries(path))
        {
            yield return entry;
            if (!entry.IsDirectory || entry.IsLink || depth <= 1)
                continue;
            foreach (var inner in Walk(entry.Path, depth - 1))
                yield return inner;
        }
    }

    /// <summary>One entry, if it is there, without a look at its neighbours.</summary>
    public WorkspaceEntry? Find(WorkspacePath path)
    {
        if (path.IsRoot)
            return null;
        var opened = OpenDirectory(path.Parent);
        if (opened.Value is null)
            return null;
        using var directory = opened.Value;
        try
        {
            var file = new FileInfo(directory.File(path.Name));
            var attributes = file.Attributes;
            // What is not there has none.
            if ((int)attributes == -1)
                return null;
            var (folder, link) = (attributes.HasFlag(FileAttributes.Directory), attributes.HasFlag(FileAttributes.ReparsePoint));
            return new(path, folder, link, folder || link ? 0 : file.Length, file.LastWriteTimeUtc);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private List<WorkspaceEntry> Entries(WorkspacePath path)
    {
        var opened = OpenDirectory(path);
        if (opened.Value is null)
            return [];
        using var directory = opened.Value;
        var options = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true };
        var entries = new FileSystemEnumerable<WorkspaceEntry>(directory.Path, (ref FileSystemEntry entry) => Entry(path, ref entry), options)
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.FileName.StartsWith(TemporaryPrefix),
        };
        try
        {
            return [.. entries.OrderBy(entry => entry.Path.Value, StringComparer.Ordinal)];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Deleted or closed off while it was being read: as if it had never been there.
            return [];
        }
    }

    private static WorkspaceEntry Entry(WorkspacePath path, ref FileSystemEntry entry)
    {
        var link = entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
        return new(path.Child(entry.FileName.ToString()), entry.IsDirectory, link, entry.IsDirectory || link ? 0 : entry.Length, entry.LastWriteTimeUtc);
    }

    private Opened<PinnedDirectory> MakeDirectory(WorkspacePath path)
    {
        var opened = OpenDirectory(path);
        if (opened.Value is not null || path.IsRoot)
            return opened;
        var parent = MakeDirectory(path.Parent);
        if (parent.Value is null)
            return parent;
        using (parent.Value)
        {
            var wanted = parent.Value.File(path.Name);
            if (!Exists(wanted))
                Directory.CreateDirectory(wanted);
        }
        return OpenDirectory(path);
    }

    private static void Replace(PinnedDirectory directory, string name, string text, bool durable, DateTime? changedAt)
    {
        var target = directory.File(name);
        var temporary = directory.File(TemporaryPrefix + Guid.NewGuid().ToString("N"));
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = ModeOf(target) ?? (UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: durable);
                if (changedAt is { } at)
                    File.SetLastWriteTimeUtc(stream.SafeFileHandle, at);
            }
            // Renaming puts the new file where the name stands: a link of that name is replaced, never followed.
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static UnixFileMode? ModeOf(string target)
    {
        var existing = new FileInfo(target);
        return existing.Exists && existing.LinkTarget is null && !OperatingSystem.IsWindows() ? existing.UnixFileMode : null;
    }

    private static bool Exists(string path) => new FileInfo(path) is { Exists: true } or { LinkTarget: not null } || Directory.Exists(path);

    private Opened<FileStream> OpenBeneath(WorkspacePath path)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException();
        using var root = Beneath.OpenRoot(Root, out var error);
        if (root is null)
            return new(null, Why(error, path, "file"));
        var handle = Beneath.Open(root, path.Value, directory: false, out error);
        return handle is null ? new(null, Why(error, path, "file")) : Regular(handle, path);
    }

    private static Opened<FileStream> Regular(SafeFileHandle handle, WorkspacePath path)
    {
        if (File.GetAttributes(handle).HasFlag(FileAttributes.Directory))
        {
            handle.Dispose();
            return new(null, $"'{path}' is a folder.");
        }
        // Its readers have buffers of their own.
        var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        if (stream.CanSeek)
            return new(stream, null);
        stream.Dispose();
        return new(null, $"'{path}' is no plain file.");
    }

    // Where the kernel cannot confine the opening: no links at all, looked for before and once more after.
    private Opened<FileStream> OpenChecked(WorkspacePath path)
    {
        if (LinkIn(path) is { } before)
            return new(null, before);
        if (Directory.Exists(Full(path)))
            return new(null, $"'{path}' is a folder.");
        var stream = new FileStream(Full(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (LinkIn(path) is not { } after)
            return new(stream, null);
        stream.Dispose();
        return new(null, after);
    }

    private string? LinkIn(WorkspacePath path)
    {
        for (var part = path; !part.IsRoot; part = part.Parent)
        {
            if (new FileInfo(Full(part)).LinkTarget is not null)
                return $"'{part}' is a link; links are not followed.";
        }
        return null;
    }

    private string Full(WorkspacePath path) => Path.Combine(Root, path.Value);

    [SupportedOSPlatform("linux")]
    private static string Why(int error, WorkspacePath path, string kind) => error switch
    {
        Beneath.NoEntry => $"There is no {kind} '{path}'.",
        Beneath.NotDirectory => $"'{path}' is no {kind}, or something on the way to it is none.",
        Beneath.CrossDevice or Beneath.TooManyLinks or Beneath.TryAgain => $"'{path}' leads out of the workspace by a link; it is not followed.",
        _ => $"'{path}' cannot be opened (error {error}).",
    };

    private static string Why(Exception failure, WorkspacePath path) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => $"There is no file '{path}'.",
        UnauthorizedAccessException => $"'{path}' may not be accessed, or is a folder.",
        PathTooLongException => $"The path '{path}' is too long.",
        _ when failure.HResult == 28 || failure.Message.Contains("No space", StringComparison.Ordinal) => "The disk is full; nothing was written.",
        _ => $"'{path}' could not be accessed ({failure.GetType().Name}).",
    };

    private sealed class Held(SemaphoreSlim stripe) : IDisposable
    {
        public void Dispose() => stripe.Release();
    }
}
