using System.CommandLine;
using Vigil.Agents;
using Vigil.Cli.Client;
using Vigil.Settings;

namespace Vigil.Cli.Commands;

/// <summary>Options that every command takes.</summary>
internal static class Shared
{
    public static Option<string?> Home { get; } = new("--home") { Description = "Where everything of this gateway lies. Default: VIGIL_HOME, else ~/.vigil.", Recursive = true, HelpName = "DIR" };

    public static Option<bool> Json { get; } = new("--json") { Description = "Answer as JSON.", Recursive = true };

    public static VigilHome HomeOf(ParseResult parsed)
    {
        var path = parsed.GetValue(Home) ?? Environment.GetEnvironmentVariable("VIGIL_HOME");
        return new VigilHome(Path.GetFullPath(string.IsNullOrWhiteSpace(path)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".vigil")
            : path));
    }

    /// <summary>The agent in whose directory the command was given; null anywhere else.</summary>
    public static string? AgentHere(ParseResult parsed)
    {
        var path = Path.GetRelativePath(HomeOf(parsed).Agents, Environment.CurrentDirectory);
        return AgentId.TryParse(path.Split(Path.DirectorySeparatorChar)[0], null, out var agent) ? agent.Value : null;
    }

    public static GatewayClient Client(ParseResult parsed) => GatewayClient.For(HomeOf(parsed));
}

/// <summary>A command with examples, which its help shows.</summary>
internal sealed class ExampleCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;
}
