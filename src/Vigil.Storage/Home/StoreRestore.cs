using Vigil.Errors;
using Vigil.Settings;
using Vigil.Storage.Engine.Sqlite;

namespace Vigil.Storage.Home;

/// <summary>Puts a backup in the place of a home's database.</summary>
public static class StoreRestore
{
    /// <summary>Replaces the SQLite database of a home by a backup, after checking it. Returns where the replaced one was kept, null when there was none.</summary>
    /// <exception cref="FaultException">A gateway uses the home, or the file is no sound backup that this program understands. Nothing was changed.</exception>
    public static async Task<string?> RestoreAsync(VigilHome home, string file, TimeProvider time, CancellationToken cancellationToken)
    {
        using var mine = HomeLock.Take(home);
        return await SqliteRestore.ReplaceAsync(home.Database, file, time, cancellationToken);
    }
}
