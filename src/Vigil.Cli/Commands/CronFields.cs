using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;

namespace Vigil.Cli.Commands;

/// <summary>The options that say when.</summary>
internal sealed class CronTimes
{
    private readonly Option<string?> _at = new("--at") { Description = "Once: an instant, a local time, or 'in 20m'.", HelpName = "TIME" };
    private readonly Option<string?> _every = new("--every") { Description = "At an interval, at least 10s.", HelpName = "DURATION" };
    private readonly Option<string?> _cron = new("--cron") { Description = "Five cron fields, or @daily and the like.", HelpName = "EXPRESSION" };
    private readonly Option<string?> _timezone = new("--timezone") { Description = "IANA zone of --cron and --at. Default: the agent's; in an edit the zone that it has.", HelpName = "ZONE" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_at, _every, _cron, _timezone])
            command.Options.Add(option);
    }

    public bool IsGiven(CommandResult result) => Named().Any(pair => result.GetResult(pair.Option) is { Implicit: false });

    /// <summary>Null when nothing was said about the time.</summary>
    public JsonObject? Body(ParseResult parsed)
    {
        var time = new JsonObject();
        foreach (var (name, option) in Named())
        {
            if (parsed.GetValue(option) is { } text)
                time[name] = text.Length == 0 ? null : text;
        }
        return time.Count == 0 ? null : time;
    }

    public string Query(ParseResult parsed) => string.Concat(Named().Select(pair => CronFields.Query($"&{pair.Name}=", parsed.GetValue(pair.Option))));

    private (string Name, Option<string?> Option)[] Named() => [("at", _at), ("every", _every), ("cron", _cron), ("timezone", _timezone)];
}

/// <summary>The options of add and edit. What is not given is not sent; an empty text takes the default again.</summary>
internal sealed class CronFields(string prompt)
{
    private readonly CronTimes _times = new();
    private readonly Option<string?> _agent = new("--agent") { Description = "Whose it is. Default: the agent in whose directory this is called, else the default agent.", HelpName = "AGENT" };
    private readonly Option<string?> _prompt = new("--prompt") { Description = prompt, HelpName = "TEXT" };
    private readonly Option<string?> _session = new("--session") { Description = "main, or a name: continue that conversation. Default: a fresh one for each run.", HelpName = "NAME" };
    private readonly Option<string?> _model = new("--model") { Description = "The model of its runs; it is meant and has no fallback.", HelpName = "PROVIDER/MODEL" };
    private readonly Option<string[]> _tools = new("--tool") { Description = "Only these tools of the agent's; '' means none. May be given several times.", HelpName = "TOOL" };
    private readonly Option<string[]> _deliver = new("--deliver") { Description = "inbox, owner, none, or a channel target. May be given several times.", HelpName = "TARGET" };
    private readonly Option<string?> _notify = new("--notify") { Description = "always (default): the reply is the message; gated: notify_user alone speaks; silent.", HelpName = "POLICY" };
    private readonly Option<string?> _missed = new("--missed") { Description = "Slots that passed while the gateway was down: skip, once (default) or all.", HelpName = "POLICY" };
    private readonly Option<int?> _cap = new("--missed-cap") { Description = "The most that --missed all runs. Default: 10.", HelpName = "N" };
    private readonly Option<string?> _overlap = new("--overlap") { Description = "A slot that comes during a run: skip (default), queue or allow.", HelpName = "POLICY" };
    private readonly Option<string?> _deadline = new("--deadline") { Description = "How long a run may take.", HelpName = "DURATION" };

    public static Option<string?> Agent() => new("--agent") { Description = "Whose it is.", HelpName = "AGENT" };

    public static string Query(string prefix, string? value) => value is null ? "" : prefix + Uri.EscapeDataString(value);

    public void AddTo(Command command, bool withAgent)
    {
        _times.AddTo(command);
        if (withAgent)
            command.Options.Add(_agent);
        _notify.AcceptOnlyFromAmong("always", "gated", "silent");
        _missed.AcceptOnlyFromAmong("skip", "once", "all");
        _overlap.AcceptOnlyFromAmong("skip", "queue", "allow");
        foreach (var option in (Option[])[_prompt, _session, _model, _tools, _deliver, _notify, _missed, _cap, _overlap, _deadline])
            command.Options.Add(option);
    }

    public JsonObject Body(ParseResult parsed)
    {
        var body = new JsonObject();
        if (_times.Body(parsed) is { } time)
            body["schedule"] = time;
        Set("agent", _agent);
        Set("prompt", _prompt);
        Set("session", _session);
        Set("model", _model);
        Set("notify", _notify);
        Set("missed", _missed);
        Set("overlap", _overlap);
        Set("deadline", _deadline);
        if (parsed.GetValue(_tools) is { Length: > 0 } tools)
            body["tools"] = new JsonArray([.. tools.Where(tool => tool.Length > 0).Select(tool => (JsonNode)tool)]);
        if (parsed.GetValue(_deliver) is { Length: > 0 } targets)
            body["deliver"] = new JsonArray([.. targets.Select(target => (JsonNode)target)]);
        if (parsed.GetValue(_cap) is { } cap)
            body["missedCap"] = cap;
        return body;

        void Set(string field, Option<string?> option)
        {
            if (parsed.GetValue(option) is { } text)
                body[field] = text.Length == 0 ? null : text;
        }
    }
}
