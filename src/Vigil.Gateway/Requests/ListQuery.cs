using Microsoft.AspNetCore.Http;
using Vigil.Errors;

namespace Vigil.Gateway.Requests;

/// <summary>The query of a list. A parameter that the list does not know is refused by name.</summary>
/// <param name="After">The cursor that the part before ended with.</param>
public sealed record ListQuery(int Limit, string? After)
{
    public const int DefaultLimit = 50;

    public const int MaxLimit = 500;

    /// <param name="filters">Further parameters that this list takes.</param>
    /// <exception cref="FaultException">An unknown parameter, or a limit out of range.</exception>
    public static ListQuery Read(HttpRequest request, params ReadOnlySpan<string> filters)
    {
        foreach (var name in request.Query.Keys)
        {
            if (name is "limit" or "after" || filters.Contains(name))
                continue;
            string[] known = ["limit", "after", .. filters];
            var near = Nearest.To(name, known);
            throw new FaultException(new Fault(
                "unknown_parameter", $"The parameter '{name}' is unknown.", near is null ? $"Known: {string.Join(", ", known)}." : $"Did you mean '{near}'?", name));
        }
        var limit = DefaultLimit;
        var text = Text(request, "limit");
        if (text is not null && (!int.TryParse(text, System.Globalization.NumberStyles.None, null, out limit) || limit is < 1 or > MaxLimit))
            throw new FaultException(new Fault("bad_parameter", $"The parameter 'limit' is '{text}'.", $"Send a number from 1 to {MaxLimit}.", "limit"));
        return new ListQuery(limit, Text(request, "after"));
    }

    /// <summary>A parameter's text; null when it is absent or blank.</summary>
    public static string? Text(HttpRequest request, string name)
        => request.Query.TryGetValue(name, out var values) && !string.IsNullOrWhiteSpace(values[0]) ? values[0] : null;
}
