using System.Net;
using System.Text.RegularExpressions;
using Vigil.Agents;
using Vigil.Models;
using Vigil.Time;

namespace Vigil.Settings.Reading;

/// <summary>One form of text.</summary>
/// <param name="Problem">What is wrong with a text, as a clause that never quotes it; null when it is right.</param>
/// <param name="Pattern">For the JSON Schema: what an editor can check.</param>
/// <param name="Hidden">A bad value is not shown, it may be a secret.</param>
internal sealed record TextForm(Func<string, string?> Problem, string Example, string? Pattern, bool Hidden = false);

internal static partial class TextFormats
{
    public const string SecretPattern = "^(env|file):.+$";

    private static readonly Dictionary<TextFormat, TextForm> Forms = new()
    {
        [TextFormat.Any] = new(text => Blank(text), "a text", null),
        [TextFormat.Model] = new(text => ModelName.TryParse(text, out _) ? null : "is no model name; write provider/model",
            "\"openai/gpt-5.4\"", "^[^/\\s]+/\\S+$"),
        [TextFormat.Secret] = new(SecretReference.Problem, "\"env:OPENAI_API_KEY\" or \"file:openai.key\"", SecretPattern, Hidden: true),
        [TextFormat.MaybeSecret] = new(text => SecretReference.IsReference(text) ? SecretReference.Problem(text) : null, "\"env:NAME\"", null, Hidden: true),
        [TextFormat.TimeOfDay] = new(Clock, "\"08:00\"", "^([01][0-9]|2[0-3]):[0-5][0-9]$"),
        [TextFormat.EndOfDay] = new(
            text => TimeOfDay.TryParseEnd(text, out _) ? null : "is no time of the form HH:mm from 00:00 to 24:00", "\"23:00\"",
            "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
        [TextFormat.Zone] = new(Zone, "\"Europe/Berlin\"", null),
        [TextFormat.Agent] = new(text => AgentId.IsLegal(text) ? null : $"is no agent id: {AgentId.Rule}", "\"main\"", "^[a-z0-9][a-z0-9_-]{0,63}$"),
        [TextFormat.Url] = new(Url, "\"https://example.org\"", "^https?://.+", Hidden: true),
        [TextFormat.Bind] = new(
            text => text == "localhost" || IPAddress.TryParse(text, out _) ? null : "is no IP address; write one, or localhost", "\"127.0.0.1\"", null),
        [TextFormat.Target] = new(
            text => TargetRule().IsMatch(text) ? null : "is no target; write inbox, owner, or channel:name", "\"owner\" or \"webhook:phone\"",
            "^(inbox|owner|origin|none|session|[a-z0-9][a-z0-9_-]*:.+)$"),
        [TextFormat.Name] = new(
            text => NameRule().IsMatch(text) ? null : "is no name: 1-64 of a-z, 0-9, '-' and '_', beginning with a letter or digit", "\"my-name\"",
            "^[a-z0-9][a-z0-9_-]{0,63}$"),
        [TextFormat.FileName] = new(
            text => FileRule().IsMatch(text) ? null : "is no file name; write the name alone, without a path", "\"file.ext\"",
                "^[A-Za-z0-9_-][A-Za-z0-9._-]*$"),
        [TextFormat.Identifier] = new(
            text => IdentifierRule().IsMatch(text) ? null : "is no name of a schema: 1-48 of a-z, 0-9 and '_', beginning with a letter", "\"vigil\"",
            "^[a-z][a-z0-9_]{0,47}$"),
    };

    public static TextForm Of(TextFormat format) => Forms[format];

    private static string? Blank(string text) => string.IsNullOrWhiteSpace(text) ? "is blank" : null;

    private static string? Clock(string text)
        => TimeOfDay.TryParse(text, out _) ? null
            : text == "24:00" ? "is no beginning; 24:00 exists only as an end"
            : "is no time of the form HH:mm from 00:00 to 23:59";

    private static string? Zone(string text)
    {
        if (Zones.TryFind(text, out _, out _))
            return null;
        var near = Zones.Near(text);
        return near.Count == 0 ? "is no IANA time zone" : $"is no IANA time zone; near ones are {string.Join(", ", near)}";
    }

    private static string? Url(string text)
        => !Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0
            ? "is no http or https address"
            : address.UserInfo.Length > 0 ? "holds credentials; name them by env: or file: in a key or header instead" : null;

    [GeneratedRegex(@"\A(inbox|owner|origin|none|session|[a-z0-9][a-z0-9_-]*:\S+)\z")]
    private static partial Regex TargetRule();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,63}\z")]
    private static partial Regex NameRule();

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9._-]*\z")]
    private static partial Regex FileRule();

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,47}\z")]
    private static partial Regex IdentifierRule();
}
