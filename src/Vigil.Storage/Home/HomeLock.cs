using System.Globalization;
using Vigil.Errors;
using Vigil.Settings;

namespace Vigil.Storage.Home;

/// <summary>
/// Keeps a second gateway off the home. The operating system holds the lock for as long as the process lives, so that a killed one leaves
/// none behind; the file with the process id beside it only serves the message.
/// </summary>
public sealed class HomeLock : IDisposable
{
    private readonly FileStream _stream;
    private readonly string _pidFile;

    private HomeLock(FileStream stream, string pidFile)
    {
        _stream = stream;
        _pidFile = pidFile;
    }

    /// <exception cref="FaultException">Another process has the home, or the lock file cannot be written.</exception>
    public static HomeLock Take(VigilHome home)
    {
        // The locked file cannot be read by others, hence a second one for the id.
        var pidFile = Path.ChangeExtension(home.LockFile, ".pid");
        FileStream stream;
        try
        {
            stream = new FileStream(home.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw new FaultException(new Fault("home_not_writable", $"{home.LockFile} cannot be written: {e.Message}",
                "The home must exist and belong to the user that runs the gateway; VIGIL_HOME or --home chooses another.") { Kind = FaultKind.Unavailable }, e);
        }
        catch (IOException e)
        {
            throw Held(home, pidFile, e);
        }
        var mine = new HomeLock(stream, pidFile);
        try
        {
            File.WriteAllText(pidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        }
        catch
        {
            mine.Dispose();
            throw;
        }
        return mine;
    }

    public void Dispose()
    {
        // The id goes first: once the lock is free, the file may be another's. The lock file stays, or two could hold two files of one name.
        File.Delete(_pidFile);
        _stream.Dispose();
    }

    private static FaultException Held(VigilHome home, string pidFile, IOException e)
    {
        var pid = ReadPid(pidFile);
        return new FaultException(new Fault("home_in_use",
            pid is null ? $"Another gateway is using {home.Root}." : $"Another gateway is using {home.Root}: process {pid}.",
            pid is null ? "Stop it first, or name another home: --home DIR" : $"Stop it first (kill {pid}), or name another home: --home DIR")
        { Kind = FaultKind.Conflict }, e);
    }

    private static int? ReadPid(string file)
    {
        try
        {
            return int.TryParse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It only makes the message better.
            return null;
        }
    }
}
