using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Vigil.Time;

namespace Vigil.Gateway.Tests.Support;

internal sealed class FakePulse : INodes, IPulse
{
    public string? Problem { get; set; }

    public string Self => "test-node";

    public DateTimeOffset? Last => null;

    public Task<IReadOnlyList<Node>> LivingAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Node>>([]);

    public Task<string?> ProblemAsync(CancellationToken cancellationToken) => Task.FromResult(Problem);
}

/// <summary>Keeps what was logged, as text.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    public ConcurrentQueue<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Recorder(Lines);

    public void Dispose()
    {
    }

    private sealed class Recorder(ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
    }
}
