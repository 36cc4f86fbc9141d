using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Tests.Loop;

[Collection(Alone.Name)]
public sealed class EffectWorkersTests
{
    [Fact]
    public async Task Effects_of_a_node_are_carried_out_in_order_while_another_node_waits()
    {
        var handler = new Handler { Held = effect => effect.Partition == 1 };
        await using var workers = Start(handler);
        for (var i = 0; i < 100; i++)
        {
            workers.Post(new Effect.Tell(1, $"{i}"));
            workers.Post(new Effect.Tell(2, $"{i}"));
        }

        await handler.WhenDoneAsync(2, 100);
        Assert.Empty(handler.DoneOf(1));
        handler.Release();
        await handler.WhenDoneAsync(1, 100);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), handler.DoneOf(1));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), handler.DoneOf(2));
    }

    [Fact]
    public async Task A_failed_effect_is_left_to_the_sweep_and_the_next_goes_on()
    {
        var handler = new Handler { Fails = effect => effect is Effect.Tell { Run: "bad" } };
        await using var workers = Start(handler);
        foreach (var run in new[] { "a", "bad", "b" })
            workers.Post(new Effect.Tell(-1, run));

        await handler.WhenDoneAsync(-1, 2);
        Assert.Equal(["a", "b"], handler.DoneOf(-1));
    }

    [Fact]
    public async Task A_full_queue_drops_and_counts()
    {
        using var dropped = new DroppedEffects();
        var handler = new Handler { Held = _ => true };
        await using var workers = Start(handler);
        workers.Post(new Effect.Unmark(1, "n", "0"));
        await handler.Reached;
        for (var i = 0; i < 4096 + 10; i++)
            workers.Post(new Effect.Unmark(1, "n", "r"));

        Assert.Equal(10, dropped.Count);
    }

    [Fact]
    public async Task Stopping_ends_the_effect_in_hand_and_drops_the_rest()
    {
        var handler = new Handler { Held = _ => true };
        var workers = Start(handler);
        for (var i = 0; i < 10; i++)
            workers.Post(new Effect.Tell(1, "r"));
        await handler.Reached;
        await workers.DisposeAsync();
        workers.Post(new Effect.Tell(1, "late"));

        Assert.Empty(handler.DoneOf(1));
    }

    private static EffectWorkers Start(Handler handler)
    {
        var workers = new EffectWorkers(handler, NullLogger<EffectWorkers>.Instance);
        workers.Start();
        return workers;
    }

    private sealed class Handler : IEffectHandler
    {
        private readonly List<Effect> _done = [];
        private readonly SemaphoreSlim _finished = new(0);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Func<Effect, bool> Held { get; init; } = _ => false;

        public Func<Effect, bool> Fails { get; init; } = _ => false;

        public Task Reached => _reached.Task;

        public void Release() => _released.TrySetResult();

        public async Task HandleAsync(Effect effect, CancellationToken cancellation)
        {
            _reached.TrySetResult();
            if (Held(effect))
                await _released.Task.WaitAsync(cancellation);
            if (Fails(effect))
                throw new IOException("on purpose");
            lock (_done)
                _done.Add(effect);
            _finished.Release();
        }

        public List<string> DoneOf(int node)
        {
            lock (_done)
                return [.. _done.OfType<Effect.Tell>().Where(tell => tell.Partition == node).Select(tell => tell.Run)];
        }

        public async Task WhenDoneAsync(int node, int count)
        {
            while (DoneOf(node).Count < count)
                Assert.True(await _finished.WaitAsync(TimeSpan.FromSeconds(20)));
        }
    }

    private sealed class DroppedEffects : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public DroppedEffects()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "pipeline_effects_total")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            {
                if (tags[1].Value is "dropped")
                    Interlocked.Add(ref _count, value);
            });
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }
}
