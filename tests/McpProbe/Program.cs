// An MCP server over stdio that misbehaves on demand: for the tests of crashes, hangs and changed lists.
using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

var mode = args.FirstOrDefault() ?? "";
Console.Error.WriteLine($"probe says {Environment.GetEnvironmentVariable("PROBE_TOKEN")}");
if (mode == "exit")
    return 3;
if (mode == "hang")
    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);

var options = new McpServerOptions
{
    ServerInfo = new Implementation { Name = "probe", Version = "1" },
    Capabilities = new ServerCapabilities { Tools = new ToolsCapability { ListChanged = true } },
    ToolCollection = [],
};
options.ToolCollection.Add(McpServerTool.Create(() => Environment.ProcessId.ToString(), new() { Name = "pid" }));
options.ToolCollection.Add(McpServerTool.Create(() => string.Join(',', Environment.GetEnvironmentVariables().Keys.Cast<string>().Order(StringComparer.Ordinal)), new() { Name = "environment" }));
options.ToolCollection.Add(McpServerTool.Create(() => Environment.GetEnvironmentVariable("PROBE_TOKEN") ?? "", new() { Name = "token" }));
options.ToolCollection.Add(McpServerTool.Create((CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken), new() { Name = "wait" }));
options.ToolCollection.Add(McpServerTool.Create(string () => throw new InvalidOperationException("no"), new() { Name = "throw" }));
options.ToolCollection.Add(McpServerTool.Create([Description("Ends the process.")] () => Environment.Exit(7), new() { Name = "crash" }));
options.ToolCollection.Add(McpServerTool.Create(
    () =>
    {
        options.ToolCollection.Add(McpServerTool.Create(() => "new", new() { Name = "grown" }));
        return "grown";
    },
    new() { Name = "grow" }));
await using var transport = new StdioServerTransport("probe");
await using var server = McpServer.Create(transport, options);
await server.RunAsync();
return 0;
