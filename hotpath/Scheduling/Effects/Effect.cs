namespace Pipeline.Scheduling.Effects;

/// <summary>
/// Something the world must do after the command is on disk. Effects are idempotent and come back as commands;
/// the sweep repeats one that was not answered.
/// </summary>
public abstract record Effect
{
    /// <summary>Effects of the same node or workload are carried out in order; the partition says which belong together.</summary>
    public abstract int Partition { get; }

    /// <summary>Taints the node in the name of the run, or updates what stands on it. Answered by <see cref="Commands.ConfirmMarkCommand"/>.</summary>
    public sealed record Mark(int Node, string NodeName, string Run, string State, string Step) : Effect
    {
        public override int Partition => Node;
    }

    /// <summary>Removes the run's marks. Answered by <see cref="Commands.ConfirmMarkCommand"/>.</summary>
    public sealed record Unmark(int Node, string NodeName, string Run) : Effect
    {
        public override int Partition => Node;
    }

    /// <summary>Queues an attempt. Answered by <see cref="Commands.BeginStepCommand"/>.</summary>
    public sealed record EnqueueStep(int Node, string Run, Repair.StepKind Step, int Attempt, long Delay) : Effect
    {
        public override int Partition => Node;
    }

    /// <summary>The run has something new to tell. Answered by <see cref="Commands.RecordTellingCommand"/>.</summary>
    public sealed record Tell(int Node, string Run) : Effect
    {
        public override int Partition => Node;
    }

    /// <summary>The assumption ran out before a bind confirmed it: whoever asked must ask again.</summary>
    public sealed record AssumptionExpired(int Node, ulong Workload) : Effect
    {
        public override int Partition => Node;
    }
}
