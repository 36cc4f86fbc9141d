using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Pipeline.Functions.Tests.Notify.Support;

/// <summary>Every line and exception that was logged, at any level and by anybody.</summary>
internal sealed class LogCapture : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IReadOnlyList<(LogLevel Level, string Text)> Lines => [.. _lines];

    public string All => string.Join('\n', _lines.Select(line => line.Text));

    public int Count(string part) => _lines.Count(line => line.Text.Contains(part, StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void Dispose()
    {
    }

    private sealed class Logger(LogCapture capture) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            capture._lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));
    }
}
