using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>Performs one kind of repair step. Holds no state: a delivery may be followed by one in another process.</summary>
public interface IStepExecutor
{
    StepKind Kind { get; }

    /// <summary>Doing it twice does no more harm than doing it once.</summary>
    bool Repeatable { get; }

    /// <summary>Nobody acted in this attempt before.</summary>
    Task<StepProgress> StartAsync(StepContext step, CancellationToken cancellation);

    /// <summary>
    /// Somebody began this attempt and may have acted. Finds out; acts again only where <see cref="StepContext.Repeatable"/> allows it.
    /// </summary>
    Task<StepProgress> ResumeAsync(StepContext step, CancellationToken cancellation);
}

/// <param name="GpuMask">Bit i: GPU i is faulty. 0: the whole node.</param>
/// <param name="BegunAt">When the attempt began, by this process' clock.</param>
/// <param name="Deadline">The engine ends the attempt then, by this process' clock.</param>
/// <param name="Repeatable">Both the executor and the playbook allow the step to be done again within one attempt.</param>
/// <param name="OnlyFaultyGpus">Drain: leave workloads on healthy GPUs alone.</param>
public sealed record StepContext(
    string Run, int Attempt, string Node, uint GpuMask, DateTimeOffset BegunAt, DateTimeOffset Deadline, bool Repeatable, bool OnlyFaultyGpus)
{
    // At the deadline the engine ends the attempt itself and knows no reasons. They must have come to it through the queue and the cluster.
    private static readonly TimeSpan ReasonsBefore = TimeSpan.FromSeconds(5);

    /// <summary>When whoever looks again and again says why it is not done: shortly before the deadline.</summary>
    public DateTimeOffset LastLook
    {
        get
        {
            var tenth = (Deadline - BegunAt) / 10;
            return Deadline - (tenth < ReasonsBefore ? tenth : ReasonsBefore);
        }
    }

    /// <summary>Names the attempt to the node.</summary>
    public string Key => $"{Run}/{Attempt}";
}

/// <summary>Where an attempt stands.</summary>
public abstract record StepProgress
{
    /// <param name="CheckAfter">When to look again.</param>
    public sealed record Running(TimeSpan CheckAfter) : StepProgress;

    /// <param name="Detail">For people.</param>
    public sealed record Finished(StepOutcome Outcome, string Detail) : StepProgress;

    public static StepProgress Succeeded(string detail) => new Finished(StepOutcome.Succeeded, detail);

    public static StepProgress Failed(string detail) => new Finished(StepOutcome.Failed, detail);

    public static StepProgress Unknown(string detail) => new Finished(StepOutcome.Unknown, detail);
}
