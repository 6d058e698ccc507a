namespace Vigil.Models.Calls;

/// <summary>How a failed call of one model is repeated, before the next fallback is tried.</summary>
public sealed record ModelRetryOptions
{
    /// <summary>Repetitions after the first try. Default 3.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Before the first repetition; doubled for each later one, with jitter. Default 1 s.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Default 20 s.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A provider that asks for a longer wait fails at once. Default 60 s.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The same while another model could be asked instead: people wait for an answer, not for a provider. Default 5 s.</summary>
    public TimeSpan LongestRetryAfterBeforeFallback { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Between 0 and 1, for the jitter.</summary>
    public Func<double> Randomizer { get; init; } = Random.Shared.NextDouble;
}
