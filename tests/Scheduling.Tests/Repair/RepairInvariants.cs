using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>What must hold after every command, whatever came before.</summary>
internal sealed class RepairInvariants(RepairScenario s)
{
    private readonly Dictionary<long, RunState> _ended = [];
    private readonly Dictionary<(string Run, int Attempt), StepKind> _attempts = [];
    private readonly Dictionary<string, int> _lastAttempt = [];
    private int _effects = s.History.Count;
    private int _repairing;

    public void Check()
    {
        OneLiveRunANode();
        QuarantineIsHeldByOneRun();
        EndedRunsStayAsTheyEnded();
        StormGuardHolds();
        AttemptsAreBoundedAndNeverReused();
        NothingUnknownIsRepeated();
    }

    private void OneLiveRunANode()
    {
        Assert.Equal(s.Repair.Live.Count, s.Repair.Live.Values.DistinctBy(run => run.Node).Count());
        Assert.All(s.Repair.Live.Values, run => Assert.Equal(run.Number, s.Repair.ByNode[run.Node]));
        Assert.All(s.Repair.Live.Values, run => Assert.False(run.Ended));
    }

    private void QuarantineIsHeldByOneRun()
    {
        var holders = s.Repair.Live.Values.Concat(s.Repair.Ended.Values).Where(run => run.Holds).ToDictionary(run => run.Node, run => run.Number);
        for (var node = 0; node < s.State.Nodes.End; node++)
        {
            var holder = holders.GetValueOrDefault(node);
            Assert.Equal(holder, s.State.Nodes.QuarantinedBy(node));
            if (holder != 0)
                Assert.Equal(holder, s.Repair.ByNode[node]);
        }
    }

    private void EndedRunsStayAsTheyEnded()
    {
        foreach (var run in s.Repair.Ended.Values)
        {
            Assert.True(run.State is RunState.Healthy or RunState.Escalated or RunState.NeedsHardware);
            if (!_ended.TryAdd(run.Number, run.State))
                Assert.Equal(_ended[run.Number], run.State);
        }
    }

    private void StormGuardHolds()
    {
        var limit = Math.Max(1, s.State.Nodes.Count * s.Repair.Policy.MaxRepairingPercent / 100);
        var repairing = s.Repair.Live.Values.Count(run => run.Holds);
        Assert.Equal(repairing, s.Repair.Repairing);
        Assert.Equal(s.Repair.Live.Values.Where(run => run.State == RunState.Held).Select(run => run.Number), s.Repair.Held.Order());
        // A smaller cluster or policy stops nothing that goes on.
        Assert.InRange(repairing, 0, Math.Max(limit, _repairing));
        _repairing = repairing;
    }

    private void AttemptsAreBoundedAndNeverReused()
    {
        foreach (var wake in s.History.Skip(_effects).OfType<Effect.EnqueueStep>())
        {
            Assert.InRange(wake.Attempt, 1, 100);
            if (_attempts.TryAdd((wake.Run, wake.Attempt), wake.Step))
                Assert.Equal(_lastAttempt.GetValueOrDefault(wake.Run) + 1, _lastAttempt[wake.Run] = wake.Attempt);
            else
                Assert.Equal((_attempts[(wake.Run, wake.Attempt)], _lastAttempt[wake.Run]), (wake.Step, wake.Attempt));
        }

        _effects = s.History.Count;
        Assert.All(s.Repair.Live.Values, run => Assert.InRange(run.Attempt, 0, RandomRepair.MaxAttempts));
    }

    /// <summary>Between an unknown outcome and the same action there is a health check.</summary>
    private void NothingUnknownIsRepeated()
    {
        foreach (var run in s.Repair.Live.Values)
        {
            var open = new HashSet<StepKind>();
            foreach (var entry in run.Timeline)
            {
                if (entry.Reason == Reason.OutcomeUnknown && entry.Step is StepKind.Reboot or StepKind.PowerCycle)
                    open.Add(entry.Step);
                if (entry.Reason != Reason.AttemptBegun)
                    continue;
                Assert.DoesNotContain(entry.Step, open);
                if (entry.Step == StepKind.HealthCheck)
                    open.Clear();
            }
        }
    }
}
