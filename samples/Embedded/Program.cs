using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vigil.Agents;
using Vigil.Embedding;
using Vigil.Heartbeat;
using Vigil.Notify;
using Vigil.Testing.Models;

// A worker with an agent in it: each minute it looks at the checklist agents/main/workspace/HEARTBEAT.md and says what is new. dotnet run --project samples/Embedded -- HOME
var home = args.FirstOrDefault() ?? "vigil";
var checklist = Path.Combine(home, "agents", "main", "workspace", "HEARTBEAT.md");

// The client that your app already has. This one is a script: it tells what it was asked to look at, then is silent.
IChatClient client = new ScriptedChatClient
{
    Answer = request => request.Messages[^1].Role == ChatRole.Tool
        ? [new TextContent("")]
        : [new FunctionCallContent("call_1", "notify_user", new Dictionary<string, object?> { ["text"] = "The kettle is on." })],
};

var builder = Host.CreateApplicationBuilder();
builder.Services.AddSingleton(client).AddSingleton<IChannel, ConsoleChannel>();
builder.Services.AddVigil(vigil =>
{
    vigil.Home = home;
    vigil.Set.Add("gateway.heartbeat.every=1m");
    vigil.Set.Add("""notify.channels={"console":{"me":{}}}""");
    vigil.Set.Add("""notify.owner=["console:me"]""");
});
File.WriteAllText(checklist, "- Say whether the kettle is on.\n");

using var host = builder.Build();
await host.StartAsync();
// The first beat at once instead of at its slot.
await host.Services.GetRequiredService<Heartbeats>().RunAsync(host.Services.GetRequiredService<IAgentRegistry>().Find(AgentId.Main).Required(), CancellationToken.None);
await host.WaitForShutdownAsync();
