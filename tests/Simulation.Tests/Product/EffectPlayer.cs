using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Hosting;
using Pipeline.Hotpath.Api;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>Carries effects out late, twice or not at all; in order per node, as the product's workers do. It dies with its process.</summary>
internal sealed class EffectPlayer(SimulatedWorld world)
{
    private readonly Dictionary<int, long> _busyUntil = [];

    public void Post(Effect effect)
    {
        if (world.Chance.Hits(world.Chaos.EffectLost) || (world.Sabotage == Sabotage.UnmarksAreDropped && effect is Effect.Unmark))
        {
            world.Trace.Add("effect lost", effect);
            return;
        }

        Plan(effect);
        if (world.Chance.Hits(world.Chaos.EffectTwice))
            Plan(effect);
    }

    private void Plan(Effect effect)
    {
        var now = world.Schedule.Now;
        var due = Math.Max(_busyUntil.GetValueOrDefault(effect.Partition), now + world.Chance.Latency(100, world.Chaos.EffectLatency));
        var answered = due + world.Chance.Latency(50, 2_000);
        _busyUntil[effect.Partition] = answered;
        world.Schedule.InProcess(due - now, () => Play(effect, answered - due));
    }

    private void Play(Effect effect, long answerDelay)
    {
        world.Trace.Add("effect", effect);
        world.MayDie("before an effect");
        var wakeups = new QueueWakeups(world.Queue);
        switch (effect)
        {
            case Effect.Mark mark:
                Synchronously.Run(world.Cluster.MarkAsync(new NodeMark(mark.NodeName, mark.Run, mark.State, mark.Step), default));
                Answer(answerDelay, new ConfirmMarkCommand { Node = mark.NodeName, Run = mark.Run, State = mark.State, Marked = true });
                break;
            case Effect.Unmark unmark:
                Synchronously.Run(world.Cluster.UnmarkAsync(unmark.NodeName, unmark.Run, default));
                Answer(answerDelay, new ConfirmMarkCommand { Node = unmark.NodeName, Run = unmark.Run, Marked = false });
                break;
            case Effect.EnqueueStep step:
                var message = new StepMessage { Run = step.Run, Step = step.Step.ToContract(), Attempt = step.Attempt };
                Synchronously.Run(wakeups.EnqueueStepAsync(message, TimeSpan.FromMilliseconds(step.Delay), default));
                break;
            case Effect.Tell tell:
                Synchronously.Run(wakeups.TellAsync(tell.Run, TimeSpan.FromMilliseconds(tell.Delay), default));
                break;
            case Effect.Placed placed:
                world.Workloads.Placed(placed.Workload, placed.NodeName, placed.Gpus);
                break;
            case Effect.Nominated nominated:
                world.Workloads.Nominated(nominated.Workload, nominated.NodeName);
                break;
            case Effect.AssumptionExpired expired:
                world.Workloads.Expired(expired.Workload);
                break;
            case Effect.Evict evict:
                Evict(evict);
                break;
        }
    }

    private void Evict(Effect.Evict evict)
    {
        var outcome = Synchronously.Run(world.Cluster.EvictAsync(evict.Workload, default));
        if (outcome == EvictionOutcome.Gone)
            world.Hotpath!.Submit(new ReleaseCommand { Workload = evict.Workload });
        else if (outcome == EvictionOutcome.Blocked)
            world.Schedule.InProcess(5_000, () => Evict(evict));
    }

    private void Answer(long delay, ConfirmMarkCommand answer)
    {
        world.MayDie("after a mark");
        world.Schedule.InProcess(delay, () => world.Hotpath!.Submit(answer));
    }
}
