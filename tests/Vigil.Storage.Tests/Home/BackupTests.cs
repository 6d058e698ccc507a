using Vigil.Errors;
using Vigil.Events;
using Vigil.Settings;
using Vigil.Storage.Engine;
using Vigil.Storage.Engine.Sqlite;
using Vigil.Storage.Events;
using Vigil.Storage.Home;
using Vigil.Store;

namespace Vigil.Storage.Tests.Home;

public sealed class BackupTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly VigilHome _home = new(Directory.CreateTempSubdirectory("vigil-").FullName);
    private readonly SettableClock _clock = new(new DateTimeOffset(2026, 3, 1, 12, 30, 0, TimeSpan.Zero));

    private string Backup => Path.Combine(_home.Root, "backup.db");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        Directory.Delete(_home.Root, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task BackupAndRestore_AllThatWasThereAtThatInstantComesBackAndTheReplacedIsKept()
    {
        await FillAsync(3);
        await BackupAsync();
        await FillAsync(2);

        var aside = await StoreRestore.RestoreAsync(_home, Backup, _clock, None);

        Assert.Equal(3, await CountAsync(_home.Database));
        Assert.Equal(_home.Database + ".replaced-20260301T123000Z", aside);
        Assert.Equal(5, await CountAsync(aside!));
        Assert.False(File.Exists(_home.Database + ".incoming"));
    }

    [Fact]
    public async Task BackupAsync_WhileOthersWrite_IsSoundAndHoldsWhatWasConfirmedBefore()
    {
        await using var database = await OpenAsync(_home.Database);
        var log = new EventLog(database);
        for (var i = 0; i < 200; i++)
            await log.AppendAsync([Event()], None);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await log.AppendAsync([Event()], None);
        })).ToList();

        await database.BackupAsync(Backup, None);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        Assert.Empty(await SqliteIntegrity.CheckAsync(Backup, thorough: true, None));
        Assert.True(await CountAsync(Backup) >= 200);
    }

    [Fact]
    public async Task BackupAsync_FileIsThere_IsReplacedAtTheEndAndPrivate()
    {
        await File.WriteAllTextAsync(Backup, "old");
        await File.WriteAllTextAsync(Backup + ".partial", "left by a killed backup");
        await FillAsync(1);

        await BackupAsync();

        Assert.Equal(1, await CountAsync(Backup));
        Assert.False(File.Exists(Backup + ".partial"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup));
    }

    [Fact]
    public async Task BackupAsync_NoSuchDirectory_SaysSoAndWritesNothing()
    {
        await using var database = await OpenAsync(_home.Database);

        var error = await Assert.ThrowsAsync<FaultException>(() => database.BackupAsync(Path.Combine(_home.Root, "absent", "b.db"), None));
        var onto = await Assert.ThrowsAsync<FaultException>(() => database.BackupAsync(_home.Database, None));

        Assert.Equal(("backup_failed", "backup_failed"), (error.Fault.Code, onto.Fault.Code));
        Assert.Null(await database.CheckAsync(None));
    }

    [Fact]
    public async Task RestoreAsync_NoBackupOrDamagedOrOfAnother_IsRefusedAndNothingChanges()
    {
        await FillAsync(2);
        var text = Path.Combine(_home.Root, "text");
        await File.WriteAllTextAsync(text, new string('x', 5000));
        var foreign = Path.Combine(_home.Root, "foreign.db");
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={foreign};Pooling=False"))
        {
            connection.Open();
            SqliteConnections.Execute(connection, "CREATE TABLE theirs (id INTEGER)");
        }
        await BackupAsync();
        var damaged = Path.Combine(_home.Root, "damaged.db");
        var bytes = await File.ReadAllBytesAsync(Backup);
        bytes.AsSpan(bytes.Length / 2, 4096).Fill(0x55);
        await File.WriteAllBytesAsync(damaged, bytes);

        foreach (var file in new[] { Path.Combine(_home.Root, "absent"), text, foreign, damaged })
        {
            var error = await Assert.ThrowsAsync<FaultException>(() => StoreRestore.RestoreAsync(_home, file, _clock, None));
            Assert.Equal("restore_refused", error.Fault.Code);
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(2, await CountAsync(_home.Database));
        Assert.Empty(Directory.GetFiles(_home.Root, "*.replaced*"));
    }

    [Fact]
    public async Task RestoreAsync_BackupOfANewerVigil_IsRefused()
    {
        await using (var database = await OpenAsync(_home.Database))
        {
            await database.WriteAsync(db => db.ExecuteAsync("INSERT INTO vigil_migration (version, name, checksum, applied_at) VALUES (9999, 'later', 'x', 0)"), None);
            await database.BackupAsync(Backup, None);
        }

        var error = await Assert.ThrowsAsync<FaultException>(() => StoreRestore.RestoreAsync(_home, Backup, _clock, None));

        Assert.Equal("store_newer", error.Fault.Code);
    }

    [Fact]
    public async Task RestoreAsync_DatabaseDamaged_IsReplacedAndKeptByteForByte()
    {
        await FillAsync(2);
        await BackupAsync();
        await File.WriteAllTextAsync(_home.Database, new string('x', 9000));

        var aside = await StoreRestore.RestoreAsync(_home, Backup, _clock, None);

        Assert.Equal(2, await CountAsync(_home.Database));
        Assert.Equal(new string('x', 9000), await File.ReadAllTextAsync(aside!));
    }

    [Fact]
    public async Task RestoreAsync_IntoAnEmptyHome_Works()
    {
        await FillAsync(2);
        await BackupAsync();
        foreach (var file in Directory.GetFiles(_home.Root, "vigil.db*"))
            File.Delete(file);

        Assert.Null(await StoreRestore.RestoreAsync(_home, Backup, _clock, None));

        Assert.Equal(2, await CountAsync(_home.Database));
    }

    [Fact]
    public async Task RestoreAsync_WhileAGatewayRuns_IsRefused()
    {
        await FillAsync(1);
        await BackupAsync();
        using var gateway = HomeLock.Take(_home);

        var error = await Assert.ThrowsAsync<FaultException>(() => StoreRestore.RestoreAsync(_home, Backup, _clock, None));

        Assert.Equal("home_in_use", error.Fault.Code);
    }

    private static NewEvent Event() => new(DateTimeOffset.UnixEpoch, "thing.made", "run");

    private async Task<SqliteDatabase> OpenAsync(string file)
    {
        var database = new SqliteDatabase(new StorageOptions { File = file }, _clock);
        await database.OpenAsync(None);
        return database;
    }

    private async Task FillAsync(int events)
    {
        await using var database = await OpenAsync(_home.Database);
        for (var i = 0; i < events; i++)
            await new EventLog(database).AppendAsync([Event()], None);
    }

    private async Task BackupAsync()
    {
        await using var database = await OpenAsync(_home.Database);
        await database.BackupAsync(Backup, None);
    }

    private async Task<int> CountAsync(string file)
    {
        await using var database = await OpenAsync(file);
        return (await new EventLog(database).ReadAsync(0, 100_000, null, None)).Count;
    }
}
