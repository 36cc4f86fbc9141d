using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Loop;

/// <summary>Carries out one kind of effect after another, in order per node, with the nodes spread over a few workers.</summary>
public sealed class EffectWorkers : IEffectSink, IAsyncDisposable
{
    // Effects wait on the network, not on the processor.
    private const int Workers = 16;

    // A full queue drops the effect; the sweep repeats it, so the bound costs time and never truth.
    private const int QueueCapacity = 4096;

    private readonly Channel<Effect>[] _queues;
    private readonly IEffectHandler _handler;
    private readonly ILogger<EffectWorkers> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Meter _meter = new("Pipeline.Hotpath");
    private readonly Counter<long> _carriedOut;
    private Task _running = Task.CompletedTask;

    public EffectWorkers(IEffectHandler handler, ILogger<EffectWorkers> logger)
    {
        _handler = handler;
        _logger = logger;
        _queues = new Channel<Effect>[Workers];
        for (var i = 0; i < Workers; i++)
            _queues[i] = Channel.CreateBounded<Effect>(new BoundedChannelOptions(QueueCapacity) { SingleReader = true });
        _carriedOut = _meter.CreateCounter<long>("pipeline_effects_total", description: "Effects by kind and outcome (done, failed, dropped).");
    }

    public void Start() => _running = Task.WhenAll(_queues.Select(queue => Task.Run(() => RunAsync(queue.Reader))));

    public void Post(Effect effect)
    {
        if (!_queues[(uint)effect.Partition % Workers].Writer.TryWrite(effect))
            Count(effect, "dropped");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues)
            queue.Writer.TryComplete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
        _meter.Dispose();
    }

    private async Task RunAsync(ChannelReader<Effect> queue)
    {
        await foreach (var effect in queue.ReadAllAsync().ConfigureAwait(false))
        {
            if (_stopping.IsCancellationRequested)
                return;
            try
            {
                await _handler.HandleAsync(effect, _stopping.Token).ConfigureAwait(false);
                Count(effect, "done");
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LoopLog.EffectFailed(_logger, exception, effect.GetType().Name, effect.Partition);
                Count(effect, "failed");
            }
        }
    }

    private void Count(Effect effect, string outcome)
        => _carriedOut.Add(1, new("kind", effect.GetType().Name), new("outcome", outcome));
}

/// <summary>Does in the world what an effect says. Idempotent; an exception leaves the effect to the sweep.</summary>
public interface IEffectHandler
{
    Task HandleAsync(Effect effect, CancellationToken cancellation);
}
