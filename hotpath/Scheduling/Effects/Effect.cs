namespace Pipeline.Scheduling.Effects;

/// <summary>
/// Something the world must do after the command is on disk. Effects are idempotent. Those that name a command as their answer are
/// repeated, or what caused them is asked again, until it comes.
/// </summary>
public abstract record Effect
{
    /// <summary>Effects of the same node or workload are carried out in order; the partition says which belong together.</summary>
    public abstract int Partition { get; }

    /// <summary>Taints the node in the name of the run, or updates what stands on it. Answered by <see cref="Commands.ConfirmMarkCommand"/>.</summary>
    public sealed record Mark(int Node, string NodeName, string Run, string State, string Step) : Effect
    {
        /// <summary>The last attempt that was given out; 0: none.</summary>
        public int Attempt { get; init; }

        public string FaultClass { get; init; } = "";

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
        /// <summary>Milliseconds from now before anybody tells it.</summary>
        public long Delay { get; init; }

        public override int Partition => Node;
    }

    /// <summary>The assumption ran out before a bind confirmed it: whoever asked must ask again.</summary>
    public sealed record AssumptionExpired(int Node, ulong Workload) : Effect
    {
        public override int Partition => Node;
    }

    /// <summary>A workload that waited in the queue, or a member of a gang that did, has a place. Answered by <see cref="Commands.BindCommand"/>.</summary>
    public sealed record Placed(int Node, string NodeName, ulong Workload, uint Gpus) : Effect
    {
        public override int Partition => Node;
    }

    /// <summary>A workload that waited in the queue, or a member of a gang that did, gets a place on the node; <see cref="Placed"/> follows when others have left it.</summary>
    public sealed record Nominated(int Node, string NodeName, ulong Workload) : Effect
    {
        public override int Partition => Node;
    }

    /// <summary>
    /// The workload must leave its node. Repeated by the sweep until <see cref="Commands.ReleaseCommand"/> answers, except where the
    /// workload keeps its place until a reservation starts.
    /// </summary>
    /// <param name="For">Workload, gang or reservation that gets the place, or the broken gang itself; 0: none.</param>
    /// <param name="Actor">Who asked for that, may be empty.</param>
    public sealed record Evict(int Node, string NodeName, ulong Workload, string Name, EvictionReason Reason, ulong For, string ForName, string Actor) : Effect
    {
        public override int Partition => Node;
    }

    /// <summary>A member of a gang is on a node that went out of scheduling; the other node has room for it, in the same domain if any has.</summary>
    public sealed record ReplacementOffered(int Node, string NodeName, ulong Gang, ulong Workload, string Replacement) : Effect
    {
        public override int Partition => Node;
    }

    /// <summary>Something for the audit: an urgent request was taken.</summary>
    /// <param name="Id">Of the workload or gang.</param>
    public sealed record Urgent(ulong Id, string Name, string Project, string Actor) : Effect
    {
        public override int Partition => 0;
    }
}

/// <summary>Why a workload was told to go.</summary>
public enum EvictionReason : byte
{
    None = 0,

    /// <summary>One that may take its place needs it.</summary>
    Preempted = 1,

    /// <summary>Its gang lost members that it cannot do without.</summary>
    GangBroken = 2,

    /// <summary>A reservation of its node begins.</summary>
    ReservationStarts = 3,
}
