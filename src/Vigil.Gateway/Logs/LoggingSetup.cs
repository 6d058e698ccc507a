using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Vigil.Gateway.Logs;

/// <summary>Sets up the log of the process.</summary>
public static class LoggingSetup
{
    /// <summary>Logs to standard error: standard output belongs to what a command answers.</summary>
    public static ILoggingBuilder AddVigilLogs(this ILoggingBuilder logging, LogOptions options, LogLevel least)
    {
        logging.Services.AddSingleton(options);
        logging.SetMinimumLevel(least);
        // The frameworks tell about each request and each scheduled call: that is noise unless somebody looks for it.
        logging.AddFilter("Microsoft", least < LogLevel.Information ? least : LogLevel.Warning);
        logging.AddFilter("Quartz", least < LogLevel.Information ? least : LogLevel.Warning);
        logging.AddFilter("System", least < LogLevel.Information ? least : LogLevel.Warning);
        logging.AddConsole(console =>
        {
            console.FormatterName = LineFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            // A reader that stalls must not stall the gateway; what is dropped is said.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            console.MaxQueueLength = 10_000;
        });
        logging.Services.AddSingleton<ConsoleFormatter, LineFormatter>();
        return logging;
    }
}
