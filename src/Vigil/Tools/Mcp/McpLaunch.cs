using System.Diagnostics.CodeAnalysis;
using System.Net.Http;
using ModelContextProtocol.Client;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tools.Files;

namespace Vigil.Tools.Mcp;

/// <summary>How a server is reached: a child process over its standard streams, or streamable HTTP.</summary>
internal sealed class McpLaunch(VigilHome home, ISecrets secrets)
{
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(2);

    /// <summary>The transport with all secrets resolved for this agent; otherwise a sentence that names what is missing.</summary>
    public bool TryTransport(
        AgentId agent, string server, McpServerSettings settings, ErrorTail errors,
        [NotNullWhen(true)] out IClientTransport? transport, [NotNullWhen(false)] out string? problem)
    {
        transport = null;
        if (string.IsNullOrWhiteSpace(settings.Command) == string.IsNullOrWhiteSpace(settings.Url))
        {
            problem = $"mcp.{server} must name either a command or a url";
            return false;
        }
        return settings.Command is { Length: > 0 } command
            ? TryStdio(agent, server, command, settings, errors, out transport, out problem)
            : TryHttp(agent, server, settings, errors, out transport, out problem);
    }

    private bool TryStdio(
        AgentId agent, string server, string command, McpServerSettings settings, ErrorTail errors, out IClientTransport? transport, out string? problem)
    {
        transport = null;
        // HOME is the gateway's: package runners keep their cache there. What the program may see of it is for the person who set it up to judge.
        if (!ChildEnvironment.TryMake(settings.Environment, homeDirectory: null, secrets, agent, out var environment, out problem))
            return false;
        errors.Hide(settings.Environment.Where(pair => IsReference(pair.Value)).Select(pair => environment[pair.Key]));
        var directory = home.Workspace(agent);
        if (Workspace.Of(home, agent).Ensure() is { } gone)
        {
            problem = gone;
            return false;
        }
        transport = new StdioClientTransport(new StdioClientTransportOptions
        {
            Name = server,
            Command = command,
            Arguments = [.. settings.Args],
            WorkingDirectory = directory,
            InheritEnvironmentVariables = false,
            EnvironmentVariables = environment.ToDictionary(pair => pair.Key, pair => (string?)pair.Value, StringComparer.Ordinal),
            ShutdownTimeout = StopWithin,
            StandardErrorLines = errors.Add,
        });
        return true;
    }

    private bool TryHttp(AgentId agent, string server, McpServerSettings settings, ErrorTail errors, out IClientTransport? transport, out string? problem)
    {
        transport = null;
        if (!Uri.TryCreate(settings.Url, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            problem = $"mcp.{server}.url is no http or https address";
            return false;
        }
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in settings.Headers)
        {
            if (!ChildEnvironment.TryValue(value, secrets, agent, out var resolved, out problem))
            {
                problem = $"the header {name}: {problem}";
                return false;
            }
            headers[name] = resolved;
        }
        errors.Hide(settings.Headers.Where(pair => IsReference(pair.Value)).Select(pair => headers[pair.Key]));
        // Redirects are not followed: the headers hold secrets that are meant for this address alone.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        var client = new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
        transport = new HttpClientTransport(
            new HttpClientTransportOptions { Name = server, Endpoint = endpoint, TransportMode = HttpTransportMode.StreamableHttp, AdditionalHeaders = headers },
            client, loggerFactory: null, ownsHttpClient: true);
        problem = null;
        return true;
    }

    private static bool IsReference(string value) => value.StartsWith("env:", StringComparison.Ordinal) || value.StartsWith("file:", StringComparison.Ordinal);
}
