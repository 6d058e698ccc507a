using System.Data.Common;

namespace Vigil.Storage.Engine;

/// <summary>One statement with its parameters, to be sent together with others.</summary>
internal readonly record struct Statement(string Sql, params (string Name, object? Value)[] Parameters)
{
    public T Into<T>(T command)
        where T : DbBatchCommand
    {
        command.CommandText = Sql;
        foreach (var (name, value) in Parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
