using System.CommandLine;
using System.CommandLine.Parsing;
using Vigil.Errors;
using Vigil.Gateway.Routes;

namespace Vigil.Cli.Commands;

/// <summary>The options that describe a message: conditions of a route, or a message to try.</summary>
internal sealed class RouteFields
{
    private readonly Option<string?> _platform = new("--platform") { Description = "telegram, discord, slack, api, web, …", HelpName = "NAME" };
    private readonly Option<string?> _account = new("--account") { Description = "Which of several bots on the platform.", HelpName = "NAME" };
    private readonly Option<string?> _chat = new("--chat") { Description = "The chat.", HelpName = "ID" };
    private readonly Option<string?> _chatType = new("--chat-type") { Description = "dm, group, channel, …", HelpName = "TYPE" };
    private readonly Option<string?> _thread = new("--thread") { Description = "The thread in the chat; in a route '*' means any.", HelpName = "ID" };
    private readonly Option<string?> _user = new("--user") { Description = "Who writes.", HelpName = "ID" };
    private readonly Option<string?> _guild = new("--guild") { Description = "The server, team or workspace; in a route '*' means any.", HelpName = "ID" };
    private readonly Option<string?> _parent = new("--parent-chat") { Description = "The chat that a thread hangs on; in a route '*' means any.", HelpName = "ID" };
    private readonly Option<string[]> _role = new("--role") { Description = "A role of who writes. A message may have several.", HelpName = "NAME" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_platform, _account, _chat, _chatType, _thread, _user, _guild, _parent, _role])
            command.Options.Add(option);
    }

    public bool NamesPlatform(CommandResult result) => !string.IsNullOrWhiteSpace(result.GetValue(_platform));

    /// <exception cref="FaultException">More than one role.</exception>
    public IReadOnlyDictionary<string, string> Match(ParseResult parsed)
    {
        var match = new Dictionary<string, string>();
        Set("platform", _platform);
        Set("account", _account);
        Set("chat_id", _chat);
        Set("chat_type", _chatType);
        Set("thread_id", _thread);
        Set("user_id", _user);
        Set("guild_id", _guild);
        Set("parent_chat_id", _parent);
        var roles = parsed.GetValue(_role) ?? [];
        if (roles.Length > 1)
            throw new FaultException(new Fault("route_value", "A route asks for one role.", "Add one route for each role.", "role"));
        if (roles is [var role])
            match["role"] = role;
        return match;

        void Set(string key, Option<string?> option)
        {
            if (parsed.GetValue(option) is { } value)
                match[key] = value;
        }
    }

    public RouteProbe Probe(ParseResult parsed) => new()
    {
        Platform = parsed.GetValue(_platform)!,
        Account = parsed.GetValue(_account),
        ChatId = parsed.GetValue(_chat),
        ChatType = parsed.GetValue(_chatType),
        ThreadId = parsed.GetValue(_thread),
        UserId = parsed.GetValue(_user),
        GuildId = parsed.GetValue(_guild),
        ParentChatId = parsed.GetValue(_parent),
        Roles = parsed.GetValue(_role) ?? [],
    };
}
