using Pipeline.Functions.Hosting.Queues;
using Pipeline.Functions.Hosting.Settings;
using Pipeline.Functions.Hosting.Triggers;

namespace Pipeline.Functions.Hosting;

/// <summary>
/// Runs queue and timer functions in this process, with the semantics of Azure Functions. HTTP functions are the web server's.
/// </summary>
public sealed class EmbeddedTriggerHost(
    FunctionApp app,
    FunctionRegistry registry,
    EmbeddedQueue queue,
    IScheduleMonitor monitor,
    EmbeddedHostOptions options,
    TimeProvider time,
    FunctionMetrics metrics,
    ILogger<EmbeddedTriggerHost> logger) : IHostedService, IDisposable
{
    private readonly EmbeddedHostOptions _options = options.Validated();
    private readonly CancellationTokenSource _stopTaking = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource<string> _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _disposed;

    /// <summary>Completes when a listener died. Nobody starts it again, so the process must.</summary>
    public Task Died => _died.Task;

    /// <summary>Null while all functions run; otherwise what is wrong.</summary>
    public string? NotReadyReason => _died.Task.IsCompleted ? $"the function {_died.Task.Result} is not run any more" : null;

    /// <summary>Ends when all listeners have ended, which before a stop only happens by a fault.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <exception cref="FunctionAppException">Functions and handlers do not fit together.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        app.Match(registry);
        var invoker = new FunctionInvoker(app.Host.FunctionTimeout, time, metrics, logger);
        var enabled = app.Functions.Where(f => !f.Disabled).ToList();
        Completion = Task.WhenAll(enabled.Select(f => ListenAsync(f, app.Host, invoker)).ToList());
        logger.LogInformation("The embedded host runs {Functions}.", string.Join(", ", enabled.Select(f => f.Name)));
        return Task.CompletedTask;
    }

    /// <summary>
    /// Takes no more, waits for what runs, then cancels it. A cancelled message is visible again at once; one whose handler ignores
    /// its token is when the queue is next opened.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopTaking.CancelAsync().ConfigureAwait(false);
        if (await EndedAsync(cancellationToken).ConfigureAwait(false))
            return;
        logger.LogWarning("Functions still run {Timeout} after the stop and are cancelled.", _options.StopTimeout);
        await _abort.CancelAsync().ConfigureAwait(false);
        if (!await EndedAsync(cancellationToken).ConfigureAwait(false))
            logger.LogError("Functions ignore their cancellation and are left behind.");
    }

    public void Dispose()
    {
        // The container has it under two types, and ends it under each.
        if (_disposed)
            return;
        _disposed = true;
        _stopTaking.Cancel();
        _abort.Cancel();
        _stopTaking.Dispose();
        _abort.Dispose();
    }

    private async Task<bool> EndedAsync(CancellationToken cancellation)
    {
        try
        {
            await Completion.WaitAsync(_options.StopTimeout, time, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ListenAsync(FunctionDefinition function, HostSettings host, FunctionInvoker invoker)
    {
        var running = function.Trigger switch
        {
            Trigger.Queue trigger => new QueueListener(
                function.Name,
                trigger.Name,
                registry.Queues[function.Name],
                queue,
                host.Queues,
                _options.Lease,
                invoker,
                time,
                metrics,
                logger).RunAsync(_stopTaking.Token, _abort.Token),
            Trigger.Timer trigger => new TimerListener(function.Name, trigger, registry.Timers[function.Name], invoker, monitor, time)
                .RunAsync(_stopTaking.Token, _abort.Token),
            _ => Task.CompletedTask,
        };
        try
        {
            await running.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            logger.LogCritical(e, "The listener of {Function} died; the function is not run any more, and the process must start again.", function.Name);
            _died.TrySetResult(function.Name);
        }
    }
}
