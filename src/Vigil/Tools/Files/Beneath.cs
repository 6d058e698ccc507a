using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Vigil.Tools.Files;

/// <summary>
/// Linux: opens below a directory with <c>openat2</c> and <c>RESOLVE_BENEATH</c>. The kernel itself refuses any step that leaves,
/// so a link that is swapped in between a check and the opening changes nothing.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class Beneath
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int TryAgain = 11;
    public const int NotDirectory = 20;
    public const int CrossDevice = 18;
    public const int NotImplemented = 38;
    public const int TooManyLinks = 40;

    private const long SystemCall = 437;
    private const ulong ResolveBeneath = 0x08;
    private const ulong ResolveNoMagicLinks = 0x02;
    private const int CloseOnExec = 0x80000;
    private const int PathOnly = 0x200000;
    private const int NonBlocking = 0x800;

    private static readonly int DirectoryOnly = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>The kernel has the call and no filter takes it away.</summary>
    public static bool Available { get; } = Probe();

    public static SafeFileHandle? OpenRoot(string path, out int error)
        => Handle(open(path, PathOnly | DirectoryOnly | CloseOnExec, 0), out error);

    /// <summary>A directory, or with <paramref name="directory"/> false a file for reading that never blocks on a pipe.</summary>
    public static SafeFileHandle? Open(SafeFileHandle root, string path, bool directory, out int error)
    {
        var how = new OpenHow
        {
            Flags = (ulong)(CloseOnExec | (directory ? PathOnly | DirectoryOnly : NonBlocking)),
            Resolve = ResolveBeneath | ResolveNoMagicLinks,
        };
        var tries = 0;
        SafeFileHandle? handle;
        do
        {
            handle = Handle((int)syscall(SystemCall, (int)root.DangerousGetHandle(), path.Length == 0 ? "." : path, ref how, 24), out error);
        }
        while (handle is null && error == TryAgain && ++tries < 16);
        return handle;
    }

    private static bool Probe()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64) || !Directory.Exists("/proc/self/fd"))
            return false;
        using var root = OpenRoot("/", out _);
        if (root is null)
            return false;
        using var proc = Open(root, "proc", directory: true, out _);
        return proc is not null;
    }

    private static SafeFileHandle? Handle(int descriptor, out int error)
    {
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

#pragma warning disable SYSLIB1054, CA5392 // Two calls into the C library do not earn unsafe code in this project.
    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern long syscall(long number, int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, ref OpenHow how, nuint size);
#pragma warning restore SYSLIB1054, CA5392
}
