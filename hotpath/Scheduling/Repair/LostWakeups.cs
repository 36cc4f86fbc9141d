using Pipeline.Scheduling.Effects;

namespace Pipeline.Scheduling.Repair;

/// <summary>
/// The wake-ups that may have been lost with the process before this one, or with the stream on which they went, while the attempts and the
/// stories are on disk. The sweep would repeat them too, but a minute after they were due. One that was not lost comes twice, which both stand.
/// </summary>
public static class LostWakeups
{
    public static IEnumerable<Effect> Of(RepairState repair, long now)
    {
        foreach (var run in repair.Live.Values)
        {
            if (Attempts.IsOut(run) && !run.Begun)
                yield return new Effect.EnqueueStep(run.Node, run.Id, run.Step, run.Attempt, Math.Max(0, run.Deadline - run.Grace - now));
            if (Tellings.IsUntold(run, now))
                yield return new Effect.Tell(run.Node, run.Id);
        }

        foreach (var number in repair.Unsettled)
        {
            if (repair.RunByNumber(number) is { Ended: true } run && Tellings.IsUntold(run, now))
                yield return new Effect.Tell(run.Node, run.Id);
        }
    }
}
