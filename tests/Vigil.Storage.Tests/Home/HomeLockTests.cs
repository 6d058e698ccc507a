using System.Diagnostics;
using System.Globalization;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Storage.Home;

namespace Vigil.Storage.Tests.Home;

public sealed class HomeLockTests : IDisposable
{
    private readonly VigilHome _home = new(Directory.CreateTempSubdirectory("vigil-").FullName);

    public void Dispose() => Directory.Delete(_home.Root, recursive: true);

    [Fact]
    public void Take_Twice_RefusesTheSecondNamingTheFirst()
    {
        using var first = HomeLock.Take(_home);

        var error = Assert.Throws<FaultException>(() => HomeLock.Take(_home));

        Assert.Equal(("home_in_use", FaultKind.Conflict), (error.Fault.Code, error.Fault.Kind));
        Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        Assert.Contains(_home.Root, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_AfterTheFirstEnded_Succeeds()
    {
        HomeLock.Take(_home).Dispose();

        using var second = HomeLock.Take(_home);

        Assert.NotNull(second);
    }

    [Fact]
    public void Take_FilesOfAKilledProcessAreThere_Succeeds()
    {
        File.WriteAllText(_home.LockFile, "");
        File.WriteAllText(Path.ChangeExtension(_home.LockFile, ".pid"), "999999\n");

        using var mine = HomeLock.Take(_home);

        Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), File.ReadAllText(Path.ChangeExtension(_home.LockFile, ".pid")).Trim());
    }

    [Fact]
    public async Task Take_HeldByAProcessThatIsKilled_SucceedsOnceItIsGone()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.WriteAllText(_home.LockFile, "");
        using var holder = Process.Start(new ProcessStartInfo("flock", [_home.LockFile, "sh", "-c", "echo held; exec cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync());
        Assert.Equal("home_in_use", Assert.Throws<FaultException>(() => HomeLock.Take(_home)).Fault.Code);

        holder.Kill(entireProcessTree: true);
        await holder.WaitForExitAsync();
        await holder.StandardOutput.ReadToEndAsync();

        using var mine = HomeLock.Take(_home);
        Assert.NotNull(mine);
    }

    [Fact]
    public void Take_NoHome_SaysSo()
    {
        var error = Assert.Throws<FaultException>(() => HomeLock.Take(new VigilHome(Path.Combine(_home.Root, "absent"))));

        Assert.Equal("home_not_writable", error.Fault.Code);
    }
}
