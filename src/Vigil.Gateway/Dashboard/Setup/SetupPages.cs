using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vigil.Agents;
using Vigil.Diagnosis;
using Vigil.Errors;
using Vigil.Gateway.Auth;
using Vigil.Gateway.Dashboard.Shell;
using Vigil.Models;
using Vigil.Settings;

namespace Vigil.Gateway.Dashboard.Setup;

/// <summary>The first start without a model: tries one with a real call before somebody puts it into settings.</summary>
internal static class SetupPages
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static void MapSetup(this IEndpointRouteBuilder routes) => routes.MapPost("/setup/test", TestAsync).AsForm();

    private static async Task<IResult> TestAsync(HttpContext context, ModelProbe probe, IAgentRegistry agents, ISettings settings, SpendLimit spend, TimeProvider time, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        var agent = AgentId.Parse(settings.Current.DefaultAgent);
        caller.Require(agent);
        var text = (await context.Request.ReadFormAsync(cancellationToken))["model"].ToString().Trim();
        if (!ModelName.TryParse(text, out var model))
            return PageAnswer.GoTo("/", "Write provider/model, for example openai/gpt-5.4 or ollama/qwen3.");
        if (caller.Models is { } allowed && !allowed.Contains(text))
            throw new FaultException(new Fault("model_not_allowed", "This key may not name that model.", $"It may name: {string.Join(", ", allowed)}.") { Kind = FaultKind.Forbidden });
        await spend.RequireAsync(caller, agent, cancellationToken);
        using var limit = new CancellationTokenSource(s_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var problem = await probe.ReachAsync(agents.Find(agent).Required(), model, either.Token);
            return PageAnswer.GoTo("/", problem is null ? $"{text} answers. Put it into vigil.json as models.default; it takes effect at once." : $"{text} cannot be used: {problem}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PageAnswer.GoTo("/", $"{text} did not answer within a minute.");
        }
    }
}
