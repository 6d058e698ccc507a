using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.Playwright;

namespace Vigil.Browser.Tests.Support;

/// <summary>The accessibility checker axe-core, fetched once with npm into the build's artifacts.</summary>
internal static class Axe
{
    private const string Version = "4.14.1";
    private static readonly Lazy<Task<string>> s_source = new(LoadAsync);

    /// <summary>What is serious or critical on the page, a line each; contrast is part of it.</summary>
    public static async Task<IReadOnlyList<string>> SeriousAsync(IPage page)
    {
        await page.EvaluateAsync(await s_source.Value);
        var found = await page.EvaluateAsync<JsonElement>("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations");
        return
        [
            .. found.EnumerateArray().Where(violation => violation.GetProperty("impact").GetString() is "serious" or "critical")
                .Select(violation => $"{violation.GetProperty("id").GetString()}: {string.Join("; ", violation.GetProperty("nodes").EnumerateArray().Take(3).Select(node => node.GetProperty("html").GetString()))}"),
        ];
    }

    private static async Task<string> LoadAsync()
    {
        var directory = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "axe-core"));
        var file = Path.Combine(directory.FullName, $"axe-core-{Version}.tgz");
        if (!File.Exists(file))
            await PackAsync(directory.FullName);
        await using var packed = File.OpenRead(file);
        await using var plain = new GZipStream(packed, CompressionMode.Decompress);
        await using var tar = new TarReader(plain);
        while (await tar.GetNextEntryAsync() is { } entry)
        {
            if (entry.Name != "package/axe.min.js")
                continue;
            using var reader = new StreamReader(entry.DataStream!);
            return await reader.ReadToEndAsync();
        }
        throw new InvalidOperationException($"{file} holds no axe.min.js; delete it and run the tests again.");
    }

    private static async Task PackAsync(string directory)
    {
        const string Needed = $"The accessibility tests need npm to fetch axe-core@{Version}; install npm, or put the package's file into artifacts/axe-core.";
        try
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", ["pack", $"axe-core@{Version}", "--silent"]) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = npm.StandardError.ReadToEndAsync();
            await npm.StandardOutput.ReadToEndAsync();
            await npm.WaitForExitAsync();
            if (npm.ExitCode != 0)
                throw new InvalidOperationException($"{Needed} It said: {await error}");
        }
        catch (System.ComponentModel.Win32Exception cause)
        {
            throw new InvalidOperationException(Needed, cause);
        }
    }
}
