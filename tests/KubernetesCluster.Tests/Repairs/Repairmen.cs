using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Repair.Steps;
using Pipeline.Functions.RepairStep;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Repairs;

/// <summary>The functions of one leader, which take a step up when the test says so.</summary>
internal sealed class Repairmen(INodeActions machines) : IWakeups, IQueueSender, IDisposable
{
    private readonly ConcurrentQueue<string> _steps = new();
    private readonly FunctionMetrics _metrics = new();

    public Task EnqueueStepAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation)
        => SendAsync(QueueWakeups.StepsQueue, StepMessageJson.Write(message), delay, cancellation);

    public Task TellAsync(string run, TimeSpan delay, CancellationToken cancellation) => Task.CompletedTask;

    public Task SendAsync(string queue, string message, TimeSpan delay, CancellationToken cancellation)
    {
        _steps.Enqueue(message);
        return Task.CompletedTask;
    }

    /// <summary>Works on the run until it is at the step, which nobody takes up.</summary>
    public Task WorkUntilAsync(World world, string run, Scheduling.Repair.StepKind step) => WorkAsync(world, run, now => now.Step == step);

    /// <param name="outage">How much longer than usual it may take.</param>
    public Task WorkToTheEndAsync(World world, string run, TimeSpan outage = default) => WorkAsync(world, run, now => now.Ended, outage);

    /// <summary>Takes the step up, may act, and dies before it can say so.</summary>
    public async Task DieAtAsync(World world, string id, bool acts)
    {
        var run = world.Snapshot.Repair.RunById(id)!;
        var message = new StepMessage { Run = id, Step = (StepKind)Enum.Parse<StepKind>(run.Step.ToString()), Attempt = run.Attempt };
        Assert.Equal(BeginOutcome.Begun, (await world.Service.Repair.BeginStepAsync(new BeginStepRequest { Message = message, Actor = "dying" })).Outcome);
        if (acts)
            await machines.StartAsync(new NodeAction($"{id}/{run.Attempt}", run.NodeName, NodeActionKind.Reboot, 0), default);
    }

    public void Dispose() => _metrics.Dispose();

    private async Task WorkAsync(World world, string run, Func<Scheduling.Repair.Run, bool> isEnough, TimeSpan outage = default)
    {
        var handler = new RepairStepHandler(
            world.Service.Repair, StepExecutors.Over(world.Cluster, machines, TimeProvider.System), this, TimeProvider.System, _metrics,
            NullLogger<RepairStepHandler>.Instance);
        await Eventually.TrueAsync($"the progress of {run}", World.Bound + outage, async () =>
        {
            if (isEnough(world.Snapshot.Repair.RunById(run)!))
                return true;
            if (_steps.TryDequeue(out var step))
                await handler.HandleAsync(step, default);
            else
                await world.Service.Loop.SubmitAsync(new SweepCommand());
            return isEnough(world.Snapshot.Repair.RunById(run)!);
        }, () => world.Snapshot.Repair.RunById(run)!.ToString());
    }
}
