using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.TestDoubles.Journal;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>A loop over a log that fails on purpose, with the effects in a list.</summary>
internal sealed class LoopWorld : IAsyncDisposable
{
    public LoopWorld(
        LoopOptions? options = null, ClusterState? state = null, long lastTime = 0, TimeProvider? time = null, IEffectSink? sink = null)
    {
        Loop = new EngineLoop(
            state ?? new ClusterState(), lastTime, Log, sink ?? Effects, options ?? new LoopOptions(), time ?? Time, NullLogger<EngineLoop>.Instance);
    }

    public FaultyLog Log { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public RecordingSink Effects { get; } = new();

    public EngineLoop Loop { get; }

    /// <summary>A started loop with a node and a policy that quarantines a node at the first XID 79.</summary>
    public static async Task<LoopWorld> ReadyAsync(LoopOptions? options = null, int nodes = 1)
    {
        var world = new LoopWorld(options);
        world.Loop.Start();
        await Commands.FillAsync(world.Loop, nodes);
        return world;
    }

    /// <summary>
    /// As <see cref="ReadyAsync"/>, filled by the test's own thread: after a command through its queue the loop may hold the turn for a
    /// moment longer than its reply takes.
    /// </summary>
    public static async Task<LoopWorld> IdleAsync(int nodes = 1, LoopOptions? options = null)
    {
        var world = new LoopWorld(options);
        world.Loop.Start();
        for (var node = 1; node <= nodes; node++)
            await world.Loop.ExecuteAsync(Commands.Node(node));
        await world.Loop.ExecuteAsync(new SetPolicyCommand { Policy = Commands.Policy });
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        Log.HoldCommits = false;
        Log.CompleteCommit();
        await Loop.DisposeAsync();
    }
}

internal sealed class RecordingSink : IEffectSink
{
    private readonly List<Effect> _posted = [];

    public IReadOnlyList<Effect> Posted
    {
        get
        {
            lock (_posted)
                return [.. _posted];
        }
    }

    public void Post(Effect effect)
    {
        lock (_posted)
            _posted.Add(effect);
    }
}
