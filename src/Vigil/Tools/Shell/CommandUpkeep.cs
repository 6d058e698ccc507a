using Microsoft.Extensions.Logging;
using Vigil.Time;

namespace Vigil.Tools.Shell;

/// <summary>Tells agents of commands that their gateway did not live to tell of: those of dead processes, and ends that were kept but not told.</summary>
internal sealed class CommandUpkeep(ICommandStore store, CommandReports reports, INodes nodes, NodeName node, ILogger<CommandUpkeep> log) : IHousekeeping
{
    public string Name => "background-commands";

    public TimeSpan Every => TimeSpan.FromSeconds(15);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var living = (await nodes.LivingAsync(cancellationToken)).Select(one => one.Id).Append(node.Value).ToList();
        foreach (var command in await store.LeftAsync(living, cancellationToken))
        {
            var ended = command with { Report = command.Report ?? CommandReports.Lost(command) };
            if (command.Report is null)
            {
                if (!await store.EndAsync(command.Id, ended.Report, cancellationToken))
                    continue;
                log.LogWarning("The background command {Command} of {Agent} was lost with {Node}; the agent is told.", command.Id, command.Agent, command.Node);
            }
            await reports.TellAsync(ended, cancellationToken);
        }
    }
}
