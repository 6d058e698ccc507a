using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Vigil.Agents;

namespace Vigil.Gateway.Logs;

/// <summary>One line for each entry, plain or JSON, with known secrets taken out. Bodies and texts of conversations are never logged, so none are here.</summary>
internal sealed class LineFormatter(LogOptions options, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "vigil";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var line = options.Json ? Json(logEntry, message) : Plain(logEntry, message);
        textWriter.WriteLine(options.Redact(line));
    }

    private string Plain<TState>(in LogEntry<TState> entry, string message)
    {
        var line = new StringBuilder()
            .Append(time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss.fff'Z' ", null))
            .Append(Word(entry.LogLevel))
            .Append(' ')
            .Append(entry.Category[(entry.Category.LastIndexOf('.') + 1)..])
            .Append(": ")
            .Append(message);
        if (RunScope.Current is { } run)
            line.Append(" [").Append(run.Agent.Value).Append(' ').Append(run.RunId).Append(']');
        if (entry.Exception is { } exception)
            line.AppendLine().Append(exception);
        return line.ToString();
    }

    private string Json<TState>(in LogEntry<TState> entry, string message)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("at", time.GetUtcNow());
            json.WriteString("level", Word(entry.LogLevel));
            json.WriteString("category", entry.Category);
            json.WriteString("message", message);
            if (RunScope.Current is { } run)
            {
                json.WriteString("agent", run.Agent.Value);
                json.WriteString("run", run.RunId);
                if (run.WorkId is { } work)
                    json.WriteString("work", work);
            }
            if (entry.State is IEnumerable<KeyValuePair<string, object?>> values)
                WriteValues(json, values);
            if (entry.Exception is { } exception)
                json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteValues(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>> values)
    {
        json.WriteStartObject("values");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in values)
            if (seen.Add(name))
                json.WriteString(name, Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}
