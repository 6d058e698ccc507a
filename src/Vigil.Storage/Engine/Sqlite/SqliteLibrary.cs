using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;
using Vigil.Errors;

namespace Vigil.Storage.Engine.Sqlite;

/// <summary>Uses the operating system's SQLite, which gets its fixes from there. The package brings none.</summary>
internal static class SqliteLibrary
{
    private static readonly Version Oldest = new(3, 38);

    private static readonly Lazy<string> Loaded = new(Load);

    /// <summary>The library's version text. Must be asked for before the first connection.</summary>
    /// <exception cref="FaultException">There is no SQLite, or one that is too old.</exception>
    public static string Version => Loaded.Value;

    // SQLITE_FCNTL_HAS_MOVED; the package has no method for it.
    private const int HasMovedCode = 20;

    private static FileControl? s_fileControl;

    private delegate int FileControl(IntPtr connection, IntPtr schema, int code, out int answer);

    private static string[] Names
        => OperatingSystem.IsWindows() ? ["winsqlite3.dll", "sqlite3.dll"]
            : OperatingSystem.IsMacOS() ? ["libsqlite3.dylib"]
            : ["libsqlite3.so.0", "libsqlite3.so"];

    private static string InstallHint
        => OperatingSystem.IsWindows() ? "Windows 10 brings winsqlite3.dll; else put sqlite3.dll from sqlite.org next to the program."
            : OperatingSystem.IsMacOS() ? "Run: brew install sqlite"
            : "Run: apt-get install libsqlite3-0   (Fedora: dnf install sqlite-libs, Alpine: apk add sqlite-libs)";

    /// <summary>Whether the path no longer leads to the file that is open: SQLite would go on writing to what nobody will ever open again.</summary>
    public static bool HasMoved(sqlite3 connection)
        => s_fileControl is { } ask && ask(connection.DangerousGetHandle(), IntPtr.Zero, HasMovedCode, out var moved) == raw.SQLITE_OK && moved != 0;

    private static string Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        string version;
        try
        {
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
            version = raw.sqlite3_libversion().utf8_to_string();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException)
        {
            throw new FaultException(
                new Fault("sqlite_missing", $"SQLite's library was not found ({string.Join(", ", Names)}).", InstallHint) { Kind = FaultKind.Unavailable }, e);
        }
        RequireVersion(version);
        return version;
    }

    internal static void RequireVersion(string version)
    {
        if (!System.Version.TryParse(version, out var found) || found < Oldest)
            throw new FaultException(new Fault("sqlite_too_old", $"SQLite {version} is too old: Vigil needs {Oldest} or newer.", InstallHint) { Kind = FaultKind.Unavailable });
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != "e_sqlite3")
            return IntPtr.Zero;
        foreach (var candidate in Names)
        {
            if (!NativeLibrary.TryLoad(candidate, assembly, path, out var handle))
                continue;
            if (NativeLibrary.TryGetExport(handle, "sqlite3_file_control", out var entry))
                s_fileControl = Marshal.GetDelegateForFunctionPointer<FileControl>(entry);
            return handle;
        }
        return IntPtr.Zero;
    }
}
