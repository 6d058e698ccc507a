using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Vigil.Cli.Client;
using Vigil.Cli.Terminal;
using Vigil.Gateway.Admin;
using Vigil.Keys;
using Vigil.Settings;

namespace Vigil.Cli.Commands;

internal static class KeyCommands
{
    public static Command Create() => new ExampleCommand(
        "key", "Keys that open the gateway's API.", "vigil key add phone --scope chat --agent main", "vigil key add bot --spend-per-day 2.00", "vigil key list", "vigil key rotate phone --overlap 1h", "vigil key revoke phone")
    {
        Add(),
        List(),
        Rotate(),
        Revoke(),
    };

    private static ExampleCommand Add()
    {
        var name = new Argument<string>("name") { Description = "What the key is for." };
        var scopes = new Option<string[]>("--scope") { Description = "What it may do: chat, work, hooks, admin. Default: chat and work.", AllowMultipleArgumentsPerToken = true, HelpName = "SCOPE" };
        scopes.AcceptOnlyFromAmong("chat", "work", "hooks", "admin");
        var agents = new Option<string[]>("--agent") { Description = "Limit it to this agent. May be given several times.", AllowMultipleArgumentsPerToken = true, HelpName = "AGENT" };
        var models = new Option<string[]>("--model") { Description = "Limit the models that X-Vigil-Model may name.", AllowMultipleArgumentsPerToken = true, HelpName = "PROVIDER/MODEL" };
        var expires = new Option<DateTimeOffset?>("--expires") { Description = "When it ends, for example 2027-01-01T00:00:00Z.", HelpName = "INSTANT" };
        var spend = new Option<decimal?>("--spend-per-day") { Description = "US dollars that it may spend in a day.", HelpName = "USD" };
        var command = new ExampleCommand(
            "add", "Make a key. It is shown once.", "vigil key add phone", "vigil key add ci --scope work --agent main --expires 2027-01-01T00:00:00Z")
        {
            name, scopes, agents, models, spend, expires,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var request = new KeyRequest
            {
                Name = parsed.GetValue(name)!,
                Scopes = parsed.GetValue(scopes) is { Length: > 0 } named ? [.. named.Distinct()] : ["chat", "work"],
                Agents = parsed.GetValue(agents) is { Length: > 0 } limit ? limit : null,
                Models = parsed.GetValue(models) is { Length: > 0 } allowed ? allowed : null,
                SpendPerDayUsd = parsed.GetValue(spend),
                ExpiresAt = parsed.GetValue(expires),
            };
            var added = await client.PostAsync<KeyAdded>("/api/keys", request, cancellationToken);
            return Show(added, parsed);
        });
        return command;
    }

    private static ExampleCommand Rotate()
    {
        var id = new Argument<string>("key") { Description = "Its id or name." };
        var overlap = new Option<string?>("--overlap") { Description = "How long the old key works on, for example 1h. Default: not at all.", HelpName = "DURATION" };
        var command = new ExampleCommand("rotate", "Make a new key in place of one, with the same rights. It is shown once.", "vigil key rotate phone --overlap 1h") { id, overlap };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var key = parsed.GetValue(id)!;
            var file = Shared.HomeOf(parsed).GatewayKeyFile;
            var own = File.Exists(file) ? (await File.ReadAllTextAsync(file, cancellationToken)).Trim() : null;
            var before = await AllAsync(client, cancellationToken);
            var added = await client.PostAsync<KeyAdded>($"/api/keys/{Uri.EscapeDataString(key)}/rotate", new RotateRequest { Overlap = parsed.GetValue(overlap) }, cancellationToken);
            // The key that this machine's own commands use: without the new one in its place they would be locked out.
            if (own is not null && KeyText.IsKey(own) && before.Any(one => one.Prefix == KeyText.Shown(own) && (one.RotatedFrom ?? one.Id) == added.Details.RotatedFrom))
                PrivateFiles.Write(file, added.Key + "\n");
            return Show(added, parsed);
        });
        return command;
    }

    private static async Task<IReadOnlyList<KeyView>> AllAsync(GatewayClient client, CancellationToken cancellationToken)
    {
        var keys = new List<KeyView>();
        string? after = null;
        do
        {
            var part = await client.GetAsync<Page<KeyView>>($"/api/keys?limit=500{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}", cancellationToken);
            keys.AddRange(part.Items);
            after = part.Next;
        }
        while (after is not null);
        return keys;
    }

    private static int Show(KeyAdded added, ParseResult parsed)
    {
        if (parsed.GetValue(Shared.Json))
            return Output.Json(added);
        Output.Note($"Key '{added.Details.Name}' for {string.Join(", ", added.Details.Scopes)}. It is shown this once:");
        return Output.Line(added.Key);
    }

    private static ExampleCommand List()
    {
        var command = new ExampleCommand("list", "Show the keys, never in a usable form.", "vigil key list", "vigil key list --json");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var keys = await AllAsync(client, cancellationToken);
            if (parsed.GetValue(Shared.Json))
                return Output.Json(new Page<KeyView>(keys, null));
            var table = Output.Table("id", "name", "key", "scopes", "agents", "today", "last used", "state");
            foreach (var key in keys)
                table.AddRow(
                    Output.Cell(key.Id), Output.Cell(key.Name), Output.Cell(key.Prefix + "…"), Output.Cell(key.Scopes),
                    Output.Cell(key.Agents is null ? "all" : string.Join(", ", key.Agents)), Output.Cell(Spend(key)), Output.Cell(key.LastUsedAt), Output.Cell(State(key)));
            Output.Write(table);
            return CommandLine.Done;
        });
        return command;
    }

    private static ExampleCommand Revoke()
    {
        var id = new Argument<string>("key") { Description = "Its id or name." };
        var command = new ExampleCommand("revoke", "End a key at once; its open streams end too.", "vigil key revoke phone") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = Shared.Client(parsed);
            var key = parsed.GetValue(id)!;
            await client.DeleteAsync($"/api/keys/{Uri.EscapeDataString(key)}", cancellationToken);
            // After a rotation, or by chance, several keys have one name: whoever wants them all gone must learn that one still works.
            if ((await AllAsync(client, cancellationToken)).FirstOrDefault(one => one.Name == key && one.RevokedAt is null && !(one.ExpiresAt <= TimeProvider.System.GetUtcNow())) is { } other)
                Output.Note($"Another key of that name still works: vigil key revoke {other.Id}");
            return parsed.GetValue(Shared.Json) ? Output.Json(new { revoked = key }) : Output.Line($"Revoked {key}.");
        });
        return command;
    }

    private static string Spend(KeyView key)
        => string.Create(CultureInfo.InvariantCulture, $"{key.SpentTodayUsd:0.00##} USD{(key.SpendPerDayUsd is { } limit ? $" of {limit:0.00##}" : "")}");

    private static string State(KeyView key)
        => key.RevokedAt is { } revoked ? $"revoked {PersonTime.Minutes(revoked)}" : key.ExpiresAt is { } end ? $"{(end <= TimeProvider.System.GetUtcNow() ? "expired" : "until")} {PersonTime.Minutes(end)}" : "live";
}
