using Microsoft.Win32.SafeHandles;

namespace Vigil.Tools.Files;

/// <summary>
/// A directory of a workspace that stays the same one while it is held. On Linux <see cref="Path"/> leads through the open descriptor, so renaming
/// or replacing any part of the way to it has no effect; elsewhere it is the plain path, checked for links.
/// </summary>
internal sealed class PinnedDirectory : IDisposable
{
    private readonly SafeFileHandle? _handle;

    public PinnedDirectory(SafeFileHandle handle)
    {
        _handle = handle;
        Path = $"/proc/self/fd/{handle.DangerousGetHandle()}";
    }

    public PinnedDirectory(string path) => Path = path;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _handle?.Dispose();
}
