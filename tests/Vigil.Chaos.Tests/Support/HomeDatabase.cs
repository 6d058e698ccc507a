using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Vigil.Chaos.Tests.Support;

/// <summary>Puts a fault into a home's database from outside.</summary>
internal static class HomeDatabase
{
    static HomeDatabase()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, (name, _, _) =>
            name == "e_sqlite3" && NativeLibrary.TryLoad("libsqlite3.so.0", out var found) ? found : IntPtr.Zero);
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
    }

    public static void Execute(GatewayHome home, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = home.Database, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
