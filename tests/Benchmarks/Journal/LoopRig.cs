using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Loop;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Benchmarks.Journal;

/// <summary>The real loop on a real journal, with nobody who carries out effects.</summary>
internal sealed class LoopRig : IAsyncDisposable
{
    private const string Teller = "bench";

    private readonly DurableState _durable;

    public LoopRig(string directory, ClusterState state)
    {
        _durable = DurableState.Open(new DurableStateOptions { Directory = directory });
        Loop = new EngineLoop(state, 0, _durable.Log, new NoEffects(), new LoopOptions(), TimeProvider.System, NullLogger<EngineLoop>.Instance);
        Checkpointer = new Checkpointer(
            Loop, _durable, [], new CheckpointOptions(), TimeProvider.System, NullLogger<Checkpointer>.Instance);
        Loop.Start();
    }

    public EngineLoop Loop { get; }

    public Checkpointer Checkpointer { get; }

    /// <summary>Opens a run for <see cref="Durable"/> commands to work on.</summary>
    /// <param name="node">One of the model's nodes.</param>
    /// <returns>The run's id.</returns>
    public async Task<string> OpenRunAsync(string node)
    {
        const string fault = "bench";
        var check = new LadderStep(StepKind.HealthCheck, 1000, 1, true, false, false);
        await SubmitAsync(new SetPolicyCommand
        {
            Policy = RepairPolicy.Empty with
            {
                Classes = ImmutableDictionary<string, FaultClass>.Empty.Add(
                    fault, new FaultClass(fault, 50, 1, 0, [], check, 1000, RunState.Escalated)),
            },
        });
        var reply = await SubmitAsync(new ReportAlertsCommand
        {
            Source = "grafana",
            Alerts = [new AlertSignal("1", 1, AlertStatus.Firing, AlertKind.Fault, "Bench", node, 0, 0, fault, false, "", [])],
        });
        return ((AlertReplies)reply.Detail!).Runs[0];
    }

    /// <summary>A small durable command that changes the state each time; a caller may submit it again when it is answered.</summary>
    public static Command Durable(string run) => new ClaimTellingCommand { Run = run, Teller = Teller, Lease = 60_000 };

    public async ValueTask SubmitAsync(Command command, Outcome expected)
    {
        var reply = await Loop.ExecuteAsync(command).ConfigureAwait(false);
        if (reply.Outcome != expected)
            throw new InvalidOperationException($"{command.Kind} came to {reply.Outcome}: {reply.Detail}");
    }

    public async ValueTask DisposeAsync()
    {
        await Loop.DisposeAsync();
        await _durable.DisposeAsync();
    }

    private async Task<Reply> SubmitAsync(Command command)
    {
        var reply = await Loop.SubmitAsync(command);
        return reply.Outcome == Outcome.Done ? reply : throw new InvalidOperationException($"{command.Kind} came to {reply.Outcome}: {reply.Detail}");
    }

    internal sealed class NoEffects : IEffectSink
    {
        public void Post(Effect effect)
        {
        }
    }
}
