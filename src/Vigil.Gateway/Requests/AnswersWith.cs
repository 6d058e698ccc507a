using Microsoft.AspNetCore.Builder;

namespace Vigil.Gateway.Requests;

/// <summary>Statuses of refusals that are this endpoint's own, for the description: those that every endpoint may answer stand there already.</summary>
internal sealed record AnswersWith(IReadOnlyList<int> Statuses);

internal static class AnswersWithExtensions
{
    /// <summary>It refuses what contradicts the present state, for example a name that is taken.</summary>
    public static TBuilder MayConflict<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new AnswersWith([409]));

    /// <summary>Its body must come as application/json.</summary>
    public static TBuilder TakesJsonAlone<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new AnswersWith([415]));
}
