using System.Text.Json;
using Vigil.Agents;
using Vigil.Storage.Engine;

namespace Vigil.Storage.Rows;

/// <summary>"One of these" with a single parameter whatever their number, so that a statement stays one text and is prepared once.</summary>
internal static class Lists
{
    /// <summary>A condition on <paramref name="column"/>; the parameter is made by <see cref="Of(SqlDialect, IEnumerable{string})"/>.</summary>
    public static string AnyOf(this SqlDialect dialect, string column, string parameter)
        => dialect.Pick(sqlite: $"{column} IN (SELECT value FROM json_each(@{parameter}))", postgres: $"{column} = ANY(@{parameter})");

    public static object Of(this SqlDialect dialect, IEnumerable<string> values)
        => dialect.IsPostgres ? values.ToArray() : JsonSerializer.Serialize(values);

    /// <summary>Null when there is no list: no condition.</summary>
    public static object? Of(this SqlDialect dialect, IReadOnlyCollection<AgentId>? agents)
        => agents is null ? null : dialect.Of(agents.Select(agent => agent.Value));
}
