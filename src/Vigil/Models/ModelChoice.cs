namespace Vigil.Models;

/// <summary>Which model a turn asks for, and who decided it.</summary>
/// <param name="DecidedBy">request, source, agent or default.</param>
/// <param name="Fallbacks">Tried in order when <paramref name="Asked"/> fails for good, for this turn alone. Empty for a model that was named explicitly.</param>
public sealed record ModelChoice(ModelName Asked, string DecidedBy, IReadOnlyList<ModelName> Fallbacks);
