using System.Collections.Concurrent;
using System.ComponentModel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Vigil.Agents;

namespace Vigil.Tools.Shell;

/// <summary>
/// The programs of this node that outlive the run that started them. Each is a row before it is a process; its end is kept in that row and then told by a wake.
/// A command whose row or agent is gone is killed. At a stop all are killed, and their agents are told.
/// </summary>
internal sealed class BackgroundCommands(ICommandStore store, CommandReports reports, IAgentRegistry agents, NodeName node, TimeProvider time, ILogger<BackgroundCommands> log)
    : BackgroundService
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Running> _running = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Starts the program and answers with its id, or why it does not run.</summary>
    /// <exception cref="Win32Exception">The program could not be started.</exception>
    public async Task<ToolResult> StartAsync(RunContext run, string line, ProgramRun program, int most, CancellationToken cancellationToken)
    {
        if (_stopping.IsCancellationRequested)
            return ToolResult.Error("The gateway is stopping; nothing is started in the background now.");
        var command = new BackgroundCommand(NewId.Make("cmd_", time), run.Agent, node.Value, line, time.GetUtcNow());
        if (!await store.AddAsync(command, most, cancellationToken))
            return ToolResult.Error($"{most} of your commands run in the background already. Wait until one has ended, or stop one with command_status.");
        var running = new Running(command, new CappedOutput(ProgramRun.Kept, keepsEnd: true), CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
        try
        {
            var end = program.RunAsync(time, running.Stop.Token, running.Output);
            _running[command.Id] = running;
            running.Task = LookAfterAsync(running, end, program.Limit);
        }
        catch (Win32Exception)
        {
            running.Stop.Dispose();
            await store.RemoveAsync(command.Id, CancellationToken.None);
            throw;
        }
        return new ToolResult($"Started in the background as {command.Id}. You are woken when it has ended; do not wait for it.");
    }

    /// <summary>The agent's commands on all nodes, without those that have ended.</summary>
    public async Task<IReadOnlyList<BackgroundCommand>> ListAsync(AgentId agent, CancellationToken cancellationToken)
        => [.. (await store.OfAgentAsync(agent, cancellationToken)).Where(command => command.Report is null)];

    /// <summary>What the command has written so far; null when another node runs it.</summary>
    public CappedOutput? OutputOf(string id) => _running.GetValueOrDefault(id)?.Output;

    /// <summary>Ends a command of which the agent wants to hear no more.</summary>
    public async Task<bool> StopAsync(BackgroundCommand command, CancellationToken cancellationToken)
    {
        if (!await store.RemoveAsync(command.Id, cancellationToken))
            return false;
        // On another node its owner finds the row gone.
        if (_running.TryGetValue(command.Id, out var running))
        {
            await running.KillAsync();
            await running.Task;
        }
        return true;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_running.Values.Select(running => running.Task));
    }

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_lookAgain, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        // Taken before the rows are read: each of these had its row then.
        var known = _running.Values.ToList();
        if (known.Count == 0)
            return;
        try
        {
            var rows = (await store.OfNodeAsync(node.Value, cancellationToken)).Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var running in known.Where(running => !rows.Contains(running.Command.Id) || !agents.Exists(running.Command.Agent)))
                await running.KillAsync();
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            log.LogError(failed, "The background commands could not be looked after; trying again.");
        }
    }

    private async Task LookAfterAsync(Running running, Task<ProgramEnd> program, TimeSpan limit)
    {
        var command = running.Command;
        try
        {
            string report;
            try
            {
                report = CommandReports.Ended(command, await program, limit, time.GetUtcNow());
            }
            catch (OperationCanceledException)
            {
                report = CommandReports.Stopped(command, running.Output, time.GetUtcNow());
            }
            if (await KeptAsync(command, report))
                await reports.TellAsync(command with { Report = report }, CancellationToken.None);
        }
        catch (Exception failed)
        {
            // Its row is there still: the upkeep tells of it, as an end that was kept or as lost.
            log.LogError(failed, "The end of the background command {Command} of {Agent} could not be told yet.", command.Id, command.Agent);
        }
        finally
        {
            _running.TryRemove(command.Id, out _);
            running.Stop.Dispose();
        }
    }

    // While the store cannot be written the end is known here alone, so it is tried until the gateway stops.
    private async Task<bool> KeptAsync(BackgroundCommand command, string report)
    {
        while (true)
        {
            try
            {
                return await store.EndAsync(command.Id, report, CancellationToken.None);
            }
            catch (Exception failed) when (!_stopping.IsCancellationRequested)
            {
                log.LogError(failed, "The end of the background command {Command} could not be kept; trying again in {Seconds} s.", command.Id, s_lookAgain.TotalSeconds);
                await Task.Delay(s_lookAgain, time, _stopping.Token);
            }
        }
    }

    private sealed class Running(BackgroundCommand command, CappedOutput output, CancellationTokenSource stop)
    {
        public BackgroundCommand Command => command;

        public CappedOutput Output => output;

        public CancellationTokenSource Stop => stop;

        public Task Task { get; set; } = Task.CompletedTask;

        public async Task KillAsync()
        {
            try
            {
                await stop.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself a moment ago.
            }
        }
    }
}
