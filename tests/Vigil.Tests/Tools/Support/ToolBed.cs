using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Agents;
using Vigil.Settings;
using Vigil.Tools;

namespace Vigil.Tests.Tools.Support;

/// <summary>A home in a folder of its own, and calls as a turn would make them.</summary>
internal sealed class ToolBed : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vigil-tools-");

    public ToolBed()
    {
        Home = new VigilHome(_directory.FullName);
        Directory.CreateDirectory(Workspace);
        File.WriteAllText(Home.AgentFile(AgentId.Main), """{ "model": "secret/settings" }""");
    }

    public VigilHome Home { get; }

    public ManualTime Time { get; } = new();

    public string Workspace => Home.Workspace(AgentId.Main);

    public static AgentProfile Profile(string agent = "main", ToolsSettings? tools = null)
        => new() { Id = AgentId.Parse(agent), Timezone = "Europe/Berlin", Tools = tools ?? new ToolsSettings() };

    public static RunContext Run(AgentProfile? profile = null, int depth = 0, string id = "run_1")
    {
        var of = profile ?? Profile();
        return new RunContext { Profile = of, Session = SessionKey.Main(of.Id), RunId = id, Source = "chat", Depth = depth };
    }

    /// <summary>The call as the tool sees it, without the invoker's checks.</summary>
    public static Task<ToolResult> CallAsync(ITool tool, object arguments, RunContext? run = null, CancellationToken cancellationToken = default)
        => tool.CallAsync(new ToolCall(run ?? Run(), "call_1", tool.Definition.Name, JsonSerializer.SerializeToElement(arguments)), cancellationToken).AsTask();

    /// <summary>The call as a turn makes it.</summary>
    public static Task<ToolResult> InvokeAsync(ITool tool, Dictionary<string, object?> arguments, RunContext? run = null, int cap = 20_000)
        => new ToolInvoker(NullLogger<ToolInvoker>.Instance).InvokeAsync(
            new Dictionary<string, ITool> { [tool.Definition.Name] = tool }, run ?? Run(), new FunctionCallContent("call_1", tool.Definition.Name, arguments), cap, default);

    public string Put(string path, string text)
    {
        var full = Path.Combine(Workspace, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return full;
    }

    public string Read(string path) => File.ReadAllText(Path.Combine(Workspace, path));

    public void Dispose() => _directory.Delete(recursive: true);
}

/// <summary>Secrets by agent and reference; everything else is missing.</summary>
internal sealed class FakeSecrets : ISecrets
{
    public Dictionary<(string Agent, string Reference), string> Values { get; } = [];

    public SecretResult Resolve(string reference, AgentId? agent)
        => Values.TryGetValue((agent?.Value ?? "", reference), out var value) ? new(value, null) : new(null, $"'{reference}' is not set.");
}

internal sealed class FakeTool(string name, Func<ToolCall, ToolResult>? answer = null) : ITool
{
    public ToolDefinition Definition { get; init; } = new(name, "A tool of the tests.", JsonSerializer.SerializeToElement(new { type = "object" }));

    public ValueTask<ToolResult> CallAsync(ToolCall call, CancellationToken cancellationToken) => ValueTask.FromResult(answer?.Invoke(call) ?? new ToolResult("done"));
}
