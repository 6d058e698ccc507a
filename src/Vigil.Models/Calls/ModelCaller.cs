using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Vigil.Models.Calls;

internal sealed class ModelCaller : IModelCaller
{
    private readonly IProviders _providers;
    private readonly IModelClients _clients;
    private readonly TimeProvider _time;
    private readonly ModelRetryOptions _retry;
    private readonly ILogger<ModelCaller> _logger;
    // Made at the first call: a gateway that only waits needs none.
    private readonly Lazy<ResiliencePipeline<Attempt>> _repeat;
    private readonly Lazy<ResiliencePipeline<Attempt>> _repeatBeforeFallback;

    public ModelCaller(IProviders providers, IModelClients clients, TimeProvider time, ModelRetryOptions retry, ILogger<ModelCaller> logger)
    {
        _providers = providers;
        _clients = clients;
        _time = time;
        _retry = retry;
        _logger = logger;
        _repeat = new(() => Pipeline(retry, retry.LongestRetryAfter, time));
        _repeatBeforeFallback = new(() => Pipeline(retry, retry.LongestRetryAfterBeforeFallback, time));
    }

    public async Task<ModelReply> CallAsync(ModelCall call, Func<ChatResponseUpdate, ValueTask>? onUpdate, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var failures = new List<ModelFailure>();
        ModelFailure? first = null;
        var models = call.Choice.Fallbacks.Prepend(call.Choice.Asked).ToList();
        for (var i = 0; i < models.Count; i++)
        {
            var end = await TryAsync(call, models[i], i == models.Count - 1 ? _repeat.Value : _repeatBeforeFallback.Value, onUpdate, started, failures, cancellationToken);
            if (end.Reply is { } reply)
                return reply with { Failures = failures, Duration = _time.GetElapsedTime(started) };
            first ??= end.Failure;
            if (end.Spoken || !MayFallBack(end.Failure!))
                break;
        }

        throw new ModelFailureException(WithFallbacks(first!, failures)) { Tries = failures };
    }

    // What failed first is what is wrong; that the others were asked too is said, so that nobody is told to name one.
    private static ModelFailure WithFallbacks(ModelFailure first, List<ModelFailure> failures)
    {
        var others = failures.Select(failure => $"{failure.Provider}/{failure.Model}").Where(model => model != $"{first.Provider}/{first.Model}").Distinct(StringComparer.Ordinal).ToList();
        return others.Count == 0 ? first : first with { Message = $"{first.Message} {string.Join(", ", others)} failed too." };
    }

    // Another model gets the same request: what is wrong with the request itself, or refused, stays so.
    private static bool MayFallBack(ModelFailure failure)
        => failure.Kind is not (ModelFailureKind.BadRequest or ModelFailureKind.ContextTooLong or ModelFailureKind.ContentRefused);

    private async Task<Attempt> TryAsync(ModelCall call, ModelName model, ResiliencePipeline<Attempt> repeat, Func<ChatResponseUpdate, ValueTask>? onUpdate, long started,
        List<ModelFailure> failures, CancellationToken cancellationToken)
    {
        var (client, problem) = Client(call, model);
        if (client is null)
        {
            failures.Add(problem!);
            return Attempt.Failed(problem!);
        }

        return await repeat.ExecuteAsync(
            async (state, token) =>
            {
                var attempt = await new ModelAttempt(state.client, state.call, state.model, state._time, state.started, state.onUpdate).RunAsync(token);
                if (attempt.Failure is { } failure)
                {
                    state.failures.Add(failure);
                    state._logger.LogInformation("Model call of agent {Agent} failed: {Kind}: {Failure}", state.call.Run.Agent, failure.Kind, failure);
                }

                return attempt;
            },
            (client, call, model, onUpdate, started, failures, _time, _logger),
            cancellationToken);
    }

    private (IChatClient? Client, ModelFailure? Problem) Client(ModelCall call, ModelName model)
    {
        var profile = call.Run.Profile;
        if (profile.Privacy.Providers is { } allowed && !allowed.Contains(model.Provider))
            return (null, Missing($"Agent {profile.Id} keeps its words from provider {model.Provider} (privacy.providers)."));
        var lookup = _providers.Find(model.Provider, profile);
        if (lookup.Options is null)
            return (null, Missing(lookup.Problem ?? $"There is no provider {model.Provider}."));
        try
        {
            return (_clients.Get(lookup.Options), null);
        }
        catch (ModelFailureException e)
        {
            return (null, e.Failure with { Model = model.Model });
        }

        ModelFailure Missing(string problem) => new(ModelFailureKind.NoModel, problem, model.Provider, model.Model);
    }

    private static ResiliencePipeline<Attempt> Pipeline(ModelRetryOptions retry, TimeSpan longestRetryAfter, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder<Attempt> { TimeProvider = time };
        if (retry.Retries == 0)
            return builder.Build();
        return builder.AddRetry(new RetryStrategyOptions<Attempt>
        {
            MaxRetryAttempts = retry.Retries,
            Delay = retry.Delay,
            MaxDelay = retry.LongestDelay,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Randomizer = retry.Randomizer,
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is { Spoken: false, Failure: { IsTransient: true } failure }
                                                        && (failure.RetryAfter ?? TimeSpan.Zero) <= longestRetryAfter),
            DelayGenerator = args => ValueTask.FromResult(args.Outcome.Result?.Failure?.RetryAfter),
        }).Build();
    }
}
