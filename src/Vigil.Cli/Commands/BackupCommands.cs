using System.CommandLine;
using Vigil.Cli.Terminal;
using Vigil.Errors;
using Vigil.Settings;
using Vigil.Storage.Home;

namespace Vigil.Cli.Commands;

internal static class BackupCommands
{
    public static Command CreateBackup()
    {
        var file = new Argument<FileInfo>("file") { Description = "Where the copy goes; one that is there is replaced at the end." };
        var command = new ExampleCommand("backup", "Copy the database while the gateway runs (SQLite).", "vigil backup vigil-backup.db") { file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var target = parsed.GetValue(file)!.FullName;
            // Before the gateway makes a copy that nobody could keep.
            if (parsed.GetValue(file)!.Directory is not { Exists: true })
                throw new FaultException(new Fault("no_such_folder", $"There is no folder {Path.GetDirectoryName(target)}.", "Make it, or name a file in another."));
            if (Directory.Exists(target))
                throw new FaultException(new Fault("not_a_file", $"{target} is a folder.", $"Name a file in it: {Path.Combine(target, "vigil-backup.db")}."));
            using var response = await client.OpenAsync(HttpMethod.Post, "/api/backup", "application/octet-stream", cancellationToken);
            var bytes = await SaveAsync(response, target, cancellationToken);
            return parsed.GetValue(Shared.Json) ? Output.Json(new { file = target, bytes }) : Output.Line($"Wrote {target} ({bytes:N0} bytes).");
        });
        return command;
    }

    public static Command CreateRestore()
    {
        var file = new Argument<FileInfo>("file") { Description = "A copy that 'vigil backup' made." };
        var command = new ExampleCommand(
            "restore", "Put a copy in the place of the database; the gateway must be down. The copy is checked first, and the replaced one kept.", "vigil restore vigil-backup.db") { file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var home = Shared.HomeOf(parsed);
            var source = parsed.GetValue(file)!;
            if (!source.Exists)
                throw new FaultException(new Fault("no_such_file", $"There is no file {source.FullName}.", "Name a copy that 'vigil backup' made."));
            if (!Directory.Exists(home.Root))
                throw new FaultException(new Fault("no_home", $"There is no home at {home.Root}.", "Run 'vigil up' once, or name another with --home."));
            string? kept;
            try
            {
                RequireSqlite(home);
                kept = await StoreRestore.RestoreAsync(home, source.FullName, TimeProvider.System, cancellationToken);
            }
            catch (FaultException refused)
            {
                // A copy that is no good is no mistake of the command line.
                Output.Fail(refused.Fault, parsed.GetValue(Shared.Json));
                return CommandLine.Failed;
            }
            if (parsed.GetValue(Shared.Json))
                return Output.Json(new { restored = home.Database, kept });
            return Output.Line(kept is null ? $"Restored {home.Database}." : $"Restored {home.Database}. The one that was there is now {kept}.");
        });
        return command;
    }

    private static void RequireSqlite(VigilHome home)
    {
        try
        {
            if (Composition.SettingsOf(SettingsInputs.OfProcess(home), TimeProvider.System, new Redaction()).Gateway.Storage.Kind == StorageKind.Sqlite)
                return;
        }
        catch (FaultException broken) when (broken.Fault.Code == "settings_broken")
        {
            // They may be what somebody is about to mend, and the file is good in any case.
            return;
        }
        throw new FaultException(new Fault("restore_not_here", "By its settings this gateway has its database in PostgreSQL, and there it is restored with PostgreSQL's own tools.",
            "Run: pg_restore --clean --if-exists … on what pg_dump wrote. For a copy of 'vigil backup', set gateway.storage.kind to sqlite first.", "gateway.storage.kind"));
    }

    // Under another name until it is complete: a transfer that breaks off leaves an older copy as it was.
    private static async Task<long> SaveAsync(HttpResponseMessage response, string target, CancellationToken cancellationToken)
    {
        var partial = target + ".partial";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            long length;
            await using (var output = new FileStream(partial, options))
            {
                await response.Content.CopyToAsync(output, cancellationToken);
                await output.FlushAsync(cancellationToken);
                output.Flush(flushToDisk: true);
                length = output.Length;
            }
            if (length == 0 || length != response.Content.Headers.ContentLength)
                throw new FaultException(new Fault("backup_incomplete", "The transfer broke off.", "Try again.") { Kind = FaultKind.Unavailable });
            File.Move(partial, target, overwrite: true);
            return length;
        }
        catch (HttpRequestException broken)
        {
            throw new FaultException(new Fault("backup_incomplete", $"The transfer broke off: {broken.Message}", "Try again.") { Kind = FaultKind.Unavailable }, broken);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
