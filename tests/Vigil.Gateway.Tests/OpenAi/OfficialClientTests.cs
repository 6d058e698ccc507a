using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Vigil.Gateway.Tests.Support;
using Vigil.Testing.Models;

namespace Vigil.Gateway.Tests.OpenAi;

/// <summary>The gateway as the official client of npm sees it.</summary>
public sealed class OfficialClientTests
{
    private static readonly string s_source = Path.Combine(AppContext.BaseDirectory, "openai-client");

    [Fact]
    public async Task P19_TheOfficialClientChatsStreamsCallsToolsUsesResponsesAndTypesItsErrors()
    {
        var packages = await InstallAsync();
        await using var host = await ApiHost.StartAsync();
        host.Models.Answer = request => request.BringsToolResults ? FakeModelReply.Say("Warm.")
            : request.ToolNames.Contains("weather") ? FakeModelReply.Call("weather", """{"city":"Oslo"}""")
            : FakeModelReply.Say("Hello there.");
        var seen = JsonNode.Parse(await RunAsync("node", packages, Path.Combine(s_source, "client.mjs"), packages, new Uri(host.Address, "/v1").ToString(), host.Key))!;
        Assert.Equal("""["vigil","vigil/main","vigil/other"]""", seen["models"]!.ToJsonString());
        Assert.Equal("vigil/main", (string)seen["model"]!);
        Assert.Equal("Hello there.", (string)seen["whole"]!);
        Assert.Equal("Hello there.", (string)seen["streamed"]!);
        Assert.Equal(15, (int)seen["tokens"]!);
        Assert.Equal("weather", (string)seen["call"]!["name"]!);
        Assert.Equal("""{"city":"Oslo"}""", (string)seen["call"]!["arguments"]!);
        Assert.Equal("Warm.", (string)seen["afterCall"]!);
        Assert.Equal("Hello there.", (string)seen["response"]!);
        Assert.Equal("response.created", (string)seen["events"]![0]!);
        Assert.Equal("response.completed", (string)seen["events"]!.AsArray()[^1]!);
        Assert.Equal("completed", (string)seen["stored"]!);
        Assert.Equal(
            ["NotFoundError model_not_found model", "BadRequestError invalid_value messages", "NotFoundError response_not_found id", "AuthenticationError unauthenticated null"],
            seen["errors"]!.AsArray().Select(error => (string)error!));
    }

    private static async Task<string> InstallAsync()
    {
        var pinned = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(s_source, "package-lock.json"))))[..12];
        var shared = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "openai-client"));
        var target = Path.Combine(shared.FullName, pinned);
        if (Directory.Exists(target))
            return target;
        // Installed aside and renamed when complete: another test process may be doing the same.
        var making = Directory.CreateDirectory(Path.Combine(shared.FullName, $"{pinned}-{Guid.NewGuid():N}"));
        foreach (var file in new[] { "package.json", "package-lock.json" })
            File.Copy(Path.Combine(s_source, file), Path.Combine(making.FullName, file));
        await RunAsync("npm", making.FullName, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
        try
        {
            making.MoveTo(target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            Directory.Delete(making.FullName, recursive: true);
        }
        return target;
    }

    private static async Task<string> RunAsync(string program, string directory, params IEnumerable<string> arguments)
    {
        const string Advice = "This test needs Node.js 20 or newer with npm (Debian: apt-get install nodejs npm) and an npm registry or a filled npm cache.";
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException(Advice, missing);
        }
        using (process)
        {
            var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? output[0] : throw new InvalidOperationException($"{Advice} {program} said: {string.Concat(output)}");
        }
    }
}
