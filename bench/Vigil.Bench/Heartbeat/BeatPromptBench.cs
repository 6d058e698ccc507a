using System.Globalization;
using System.Text.RegularExpressions;
using Vigil.Agents;
using Vigil.Bench.Agents;
using Vigil.Settings;
using Vigil.Testing.Models;

namespace Vigil.Bench.Heartbeat;

/// <summary>
/// What a default beat sends when it must ask: a gateway process with the starter workspace and one check, against a fake provider, read from the wire. There is no tokenizer
/// here; the count is given twice: four characters of messages and tool definitions a token, and a stricter one, pieces as tokenizers cut first (words, up to three digits,
/// single signs), a word at one token for each eight letters begun.
/// </summary>
internal static partial class BeatPromptBench
{
    private const int LettersAToken = 8;

    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        await using var model = await FakeModelServer.StartAsync(_ => FakeModelReply.Say("Nothing that cannot wait."));
        var home = new VigilHome(Directory.CreateTempSubdirectory("vigil-bench-").FullName);
        try
        {
            await File.WriteAllTextAsync(home.SettingsFile, $$"""
                { "models": { "default": "fake/bench", "providers": { "fake": { "kind": "openai", "baseUrl": "{{model.OpenAIUrl}}" } } }, "gateway": { "heartbeat": { "every": "7d" } } }
                """);
            HomeStarter.Ensure(home);
            using (var gateway = await BenchGateway.StartAsync(home))
            {
                using var idle = await gateway.Http.PostAsync("/api/heartbeats/main/run?wait=30s", null);
                Console.WriteLine($"starter checklist as it is: {model.Requests.Count} requests");
                await File.WriteAllTextAsync(Path.Combine(home.Workspace(AgentId.Main), "HEARTBEAT.md"), "# Heartbeat\n\n- Is anything urgent in inbox.md?\n");
                for (var beat = 0; beat < count; beat++)
                {
                    using var answer = await gateway.Http.PostAsync("/api/heartbeats/main/run?wait=30s", null);
                    answer.EnsureSuccessStatusCode();
                }
            }
            foreach (var request in model.Requests)
            {
                var text = string.Join('\n', request.Messages.Select(message => message.GetProperty("content").ToString()));
                var tools = request.Json.TryGetProperty("tools", out var list) ? list.GetRawText() : "";
                Console.WriteLine(FormattableString.Invariant(
                    $"beat {request.Number}: {(text.Length + tools.Length) / 4:N0} tokens by characters, {Pieces(text) + Pieces(tools):N0} by pieces   (messages {text.Length:N0} characters, {request.ToolNames.Count} tools {tools.Length:N0})"));
            }
            if (model.Requests.Count > 0)
                Console.WriteLine($"tools: {string.Join(", ", model.Requests[^1].ToolNames)}");
        }
        finally
        {
            Directory.Delete(home.Root, recursive: true);
        }
    }

    private static int Pieces(string text) => Cut().Matches(text).Sum(piece => char.IsLetter(piece.Value[^1]) ? (piece.Value.Trim().Length + LettersAToken - 1) / LettersAToken : 1);

    [GeneratedRegex(@" ?\p{L}+|\p{N}{1,3}|[^\s\p{L}\p{N}]+|\n+", RegexOptions.CultureInvariant)]
    private static partial Regex Cut();
}
