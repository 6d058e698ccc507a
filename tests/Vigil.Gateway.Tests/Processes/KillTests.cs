using System.Net.Http.Json;
using Vigil.Gateway.Tests.Support;

namespace Vigil.Gateway.Tests.Processes;

/// <summary><c>kill -9</c> of a real gateway while it makes its database, writes and copies: nothing that was acknowledged is lost, and the next start is a plain one.</summary>
public sealed class KillTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vigil-kill-");

    private string Home => Path.Combine(_directory.FullName, "home");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task KilledAtAnyMomentOfItsFirstStart_TheNextOneIsWhole()
    {
        string[] signs = ["vigil.db", "vigil.db-wal"];
        foreach (var after in new[] { 0, 1, 3, 6, 12, 25, 50, 100 })
        {
            if (Directory.Exists(Home))
                Directory.Delete(Home, recursive: true);
            using (var gateway = VigilProcess.Begin(Home, "up", "--port", "0"))
            {
                await AppearsAsync(() => File.Exists(Path.Combine(Home, signs[after % 2])), gateway);
                await Task.Delay(TimeSpan.FromMilliseconds(after), TimeProvider.System);
                await gateway.KillAsync();
            }
            using var next = await VigilProcess.UpAsync(Home);
            using var client = await next.ClientAsync(Home);
            var doctor = await (await client.GetAsync("/api/doctor")).JsonAsync();
            Assert.DoesNotContain(doctor.GetProperty("findings").EnumerateArray(), finding => finding.Text("level") == "error");
            await next.KillAsync();
        }
    }

    [Fact]
    public async Task KilledWhileItWrites_KeepsAllThatItAcknowledged()
    {
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
        using (var gateway = await VigilProcess.UpAsync(Home))
        {
            using var client = await gateway.ClientAsync(Home);
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var writers = Enumerable.Range(0, 8).Select(async _ =>
            {
                try
                {
                    while (true)
                    {
                        using var answer = await client.PostAsJsonAsync("/api/work", new { agent = "main", prompt = "Look." });
                        acknowledged.Add((await answer.JsonAsync()).Text("id"));
                        if (acknowledged.Count >= 100)
                            enough.TrySetResult();
                    }
                }
                catch (HttpRequestException)
                {
                    // Killed.
                }
            }).ToList();
            await enough.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await gateway.KillAsync();
            await Task.WhenAll(writers);
        }

        using var again = await VigilProcess.UpAsync(Home);
        using var phone = await again.ClientAsync(Home);
        foreach (var id in acknowledged)
            Assert.Equal(200, (int)(await phone.GetAsync($"/api/work/{id}")).StatusCode);
    }

    [Fact]
    public async Task KilledWhileItCopies_LeavesTheOldCopyOrTheNewOneAndNeverAHalf()
    {
        var copy = Path.Combine(_directory.FullName, "copy.db");
        using (var gateway = await VigilProcess.UpAsync(Home))
        {
            using var client = await gateway.ClientAsync(Home);
            var text = new string('x', 150_000);
            for (var i = 0; i < 300; i++)
                Assert.Equal(202, (int)(await client.PostAsJsonAsync("/api/work", new { agent = "main", prompt = $"{i} {text}" })).StatusCode);
            Assert.Equal(0, (await VigilProcess.RunAsync(Home, "backup", copy)).Code);
            var first = await File.ReadAllBytesAsync(copy);

            VigilProcess backup;
            while (!await CopiesAsync(backup = VigilProcess.Begin(Home, "backup", copy), copy))
            {
                // This one was done before it was seen.
                Assert.Equal(0, await backup.EndAsync());
                backup.Dispose();
                first = await File.ReadAllBytesAsync(copy);
            }
            await gateway.KillAsync();
            // Killed in its last moment, it may have been whole already.
            if (await backup.EndAsync() != 0)
                Assert.Equal(first, await File.ReadAllBytesAsync(copy));
            backup.Dispose();
        }

        using (var again = await VigilProcess.UpAsync(Home))
        {
            Assert.Empty(Directory.EnumerateFiles(Home, ".backup-*"));
            Assert.Equal(0, (await VigilProcess.RunAsync(Home, "backup", copy)).Code);
            again.Signal("TERM");
            await again.EndAsync();
        }
        Assert.Equal(0, (await VigilProcess.RunAsync(Home, "restore", copy)).Code);
        Assert.Equal([copy], Directory.EnumerateFiles(_directory.FullName));
    }

    /// <summary>Whether it was seen at its work; false when it had ended before.</summary>
    private async Task<bool> CopiesAsync(VigilProcess backup, string copy)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!Directory.EnumerateFiles(Home, ".backup-*").Any() && !Directory.EnumerateFiles(_directory.FullName).Any(file => file != copy))
        {
            if (backup.HasEnded)
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, patience.Token);
        }
        return true;
    }

    private static async Task AppearsAsync(Func<bool> sign, VigilProcess process)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!sign())
        {
            Assert.False(process.HasEnded, process.Errors);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, patience.Token);
        }
    }
}
