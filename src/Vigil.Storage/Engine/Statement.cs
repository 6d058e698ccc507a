using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Npgsql;

namespace Vigil.Storage.Engine;

/// <summary>One statement with its parameters, to be sent together with others.</summary>
internal readonly partial record struct Statement(string Sql, params (string Name, object? Value)[] Parameters)
{
    // There are as many as the code has, not as many as run.
    private static readonly ConcurrentDictionary<string, Numbered> s_numbered = new(StringComparer.Ordinal);

    /// <summary>For PostgreSQL. With names the driver would read the whole text at each run to put numbers in their place.</summary>
    public NpgsqlBatchCommand ToCommand()
    {
        var numbered = s_numbered.GetOrAdd(Sql, Number);
        var command = new NpgsqlBatchCommand(numbered.Sql);
        foreach (var name in numbered.Names)
            command.Parameters.Add(Parameter(Value(name)));
        return command;
    }

    private object? Value(string name)
    {
        foreach (var (known, value) in Parameters)
        {
            if (known == name)
                return value;
        }
        throw new InvalidOperationException($"The parameter {name} has no value: {Sql}");
    }

    private static NpgsqlParameter Parameter(object? value) => value switch
    {
        long number => new NpgsqlParameter<long> { TypedValue = number },
        string text => new NpgsqlParameter<string> { TypedValue = text },
        _ => new NpgsqlParameter { Value = value ?? DBNull.Value },
    };

    private static Numbered Number(string sql)
    {
        var names = new List<string>();
        var text = Named().Replace(sql, match =>
        {
            var name = match.Groups[1].Value;
            if (!names.Contains(name))
                names.Add(name);
            return $"${names.IndexOf(name) + 1}";
        });
        return new Numbered(text, names);
    }

    [GeneratedRegex("(?<!@)@([A-Za-z]\\w*)")]
    private static partial Regex Named();

    private sealed record Numbered(string Sql, IReadOnlyList<string> Names);
}
