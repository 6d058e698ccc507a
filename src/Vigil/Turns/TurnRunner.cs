using Vigil.Ledger;
using Vigil.Models;
using Vigil.Tools;

namespace Vigil.Turns;

/// <summary>The stateful shell around the loop that chat and work share: tools, context, ledger.</summary>
internal sealed class TurnRunner(ContextBuilder context, ToolCatalog catalog, ToolInvoker invoker, IModelCaller models, LedgerClerk ledger, TimeProvider time)
{
    private const int CharactersPerToken = 4;

    public async Task<TurnResult> RunAsync(TurnRequest request, ITurnJournal journal, ITurnObserver observer, CancellationToken cancellationToken)
    {
        var profile = request.Run.Profile;
        var tools = await catalog.ForAsync(request.Run, request.OnlyTools, request.SourceTools, cancellationToken);
        var names = tools.Select(tool => tool.Definition.Name).ToList();
        var built = await context.BuildAsync(request, names, null, cancellationToken);
        var plan = new TurnPlan
        {
            Request = request,
            Prefix = built.Messages,
            Tools = new ToolBench(tools, request.CallerTools, invoker, profile.Turns.ToolOutput),
            StepLimit = profile.Turns.Steps,
            Deadline = request.Deadline ?? profile.Turns.Deadline,
            Shrink = async token => (await context.BuildAsync(request, names, profile.Turns.ContextTokens * CharactersPerToken / 4, token)).Messages,
            Ledger = reply => ledger.Entry(request.Run, request.Model, reply),
        };
        var started = time.GetTimestamp();
        using var scope = Agents.RunScope.Enter(request.Run);
        var result = await new TurnLoop(models, time).RunAsync(plan, journal, observer, cancellationToken);
        return result with { Usage = result.Usage with { Duration = time.GetElapsedTime(started) }, WasContextFull = built.IsFull };
    }
}
