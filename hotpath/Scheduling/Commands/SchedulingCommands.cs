using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Commands;

/// <summary>Finds a node for a workload and assumes it there until <see cref="ConfirmCommand"/> or the assumption's expiry.</summary>
public sealed class PlaceCommand : Command
{
    private WorkloadTraits _traits = new();

    /// <summary>Chosen by the caller, unique among live workloads, not 0.</summary>
    public ulong Workload { get; set; }

    /// <summary><c>namespace/name</c>, for people.</summary>
    public string Name { get; set; } = "";

    /// <summary>Whole GPUs, or 1 with <see cref="GpuMilli"/> below 1000 for a share, or 0. Range 0 to 16.</summary>
    public int GpuCount { get; set; }

    /// <summary>Milli-GPU on each of the GPUs, 1 to 1000; 1000 when <see cref="GpuCount"/> is above 1.</summary>
    public int GpuMilli { get; set; } = 1000;

    /// <summary>CPU in thousandths of a core.</summary>
    public long CpuMilli { get; set; }

    /// <summary>Memory in MiB.</summary>
    public long MemoryMib { get; set; }

    /// <summary>Machine groups that will do.</summary>
    public GroupSet Groups { get; set; } = GroupSet.Any;

    public WorkloadTraits Traits
    {
        get => _traits;
        set => _traits = value;
    }

    /// <summary>When others wait, or nothing fits, queue it; it is placed by a later <see cref="ScheduleCommand"/>. Default false.</summary>
    public bool Wait { get; set; }

    /// <summary>When nothing fits, evict others for it if its rank allows. Default false.</summary>
    public bool MayPreempt { get; set; }

    /// <summary>
    /// It evicts others only when a <see cref="ScheduleCommand"/> gives it the turn, one of its kind at a time: where it may be depends on where the
    /// others go, and each of two could make room where it then may not be. Default false.
    /// </summary>
    public bool InTurn { get; set; }

    /// <summary>Who asks, for the audit of urgent requests and evictions; may be empty.</summary>
    public string Actor { get; set; } = "";

    /// <summary>
    /// Nodes that will do; null (the default): any. A workload that is only assumed elsewhere is placed anew, and where that fails it has no
    /// place. Not with <see cref="Wait"/>: the queue knows nodes by <see cref="Selection"/> only.
    /// </summary>
    public NodeSet? Candidates { get; set; }

    /// <summary>As <see cref="Candidates"/>, in their place, for what may have to wait; null (the default): any node.</summary>
    public NodeSelection? Selection { get; set; }

    public override CommandKind Kind => CommandKind.Place;

    public override bool Durable => false;

    internal NodeSet? Accepted => Selection is null ? Candidates : Selection.Nodes;

    internal Shape Shape => new(GpuCount, GpuMilli, CpuMilli, MemoryMib, Groups);

    /// <summary><see cref="Traits"/> where they are: to copy what was written a moment ago piece by piece makes the processor wait for each piece.</summary>
    internal ref readonly WorkloadTraits AskedTraits => ref _traits;

    internal override ulong Sought => Workload;

    internal override void Write(ref CommandWriter writer) => PlaceForm.Write(ref writer, this);
}

/// <summary>Turns an assumption into a placement: the cluster has bound the workload.</summary>
public sealed class ConfirmCommand : Command
{
    public ulong Workload { get; set; }

    public override CommandKind Kind => CommandKind.Confirm;

    public override bool Durable => false;

    internal override ulong Sought => Workload;

    internal override void Write(ref CommandWriter writer) => writer.UInt64(Workload);

    internal void Read(ref CommandReader reader) => Workload = reader.UInt64();
}

/// <summary>Gives a workload's resources back.</summary>
public sealed class ReleaseCommand : Command
{
    public ulong Workload { get; set; }

    public override CommandKind Kind => CommandKind.Release;

    public override bool Durable => false;

    internal override ulong Sought => Workload;

    internal override void Write(ref CommandWriter writer) => writer.UInt64(Workload);

    internal void Read(ref CommandReader reader) => Workload = reader.UInt64();
}

/// <summary>Adopts a workload that the cluster already runs on a node, whatever the model thought of it.</summary>
public sealed class BindCommand : Command
{
    public ulong Workload { get; set; }

    public string Name { get; set; } = "";

    public string Node { get; set; } = "";

    /// <summary>GPUs of the node that it uses; 0: only the node knows which, or it uses none.</summary>
    public uint GpuMask { get; set; }

    /// <summary>How many it uses, where <see cref="GpuMask"/> does not say: those that are counted for it already, else those that are the least in use. 0 to 16.</summary>
    public int GpuCount { get; set; }

    /// <summary>Milli-GPU on each of them.</summary>
    public int GpuMilli { get; set; }

    public long CpuMilli { get; set; }

    public long MemoryMib { get; set; }

    public WorkloadTraits Traits { get; set; } = new();

    /// <summary>The gang that it is a member of, or 0.</summary>
    public ulong Gang { get; set; }

    public override CommandKind Kind => CommandKind.Bind;

    public override bool Durable => false;

    internal override ulong Sought => Workload;

    internal override void Write(ref CommandWriter writer)
    {
        writer.UInt64(Workload);
        writer.String(Name);
        writer.String(Node);
        writer.UInt32(GpuMask);
        writer.Int32(GpuCount);
        writer.Int32(GpuMilli);
        writer.Int64(CpuMilli);
        writer.Int64(MemoryMib);
        Traits.Write(ref writer);
        writer.UInt64(Gang);
    }

    internal void Read(ref CommandReader reader)
    {
        Workload = reader.UInt64();
        Name = reader.String();
        Node = reader.String();
        GpuMask = reader.UInt32();
        GpuCount = reader.Int32();
        GpuMilli = reader.Int32();
        CpuMilli = reader.Int64();
        MemoryMib = reader.Int64();
        Traits = WorkloadTraits.Read(ref reader);
        Gang = reader.UInt64();
    }
}

/// <summary>Adds a node, or takes over what the cluster now says about it. Its workloads and runs stay.</summary>
public sealed class UpsertNodeCommand : Command
{
    public string Name { get; set; } = "";

    /// <summary>0 to 16.</summary>
    public int GpuCount { get; set; }

    public long CpuMilli { get; set; }

    public long MemoryMib { get; set; }

    /// <summary>Machine group name; a new one gets an index. Where there is none left the node is taken without, and the answer is <see cref="Ungrouped"/>.</summary>
    public string Group { get; set; } = "";

    /// <summary>Leaf switch of the node, or -1.</summary>
    public int TopologyLeaf { get; set; } = -1;

    public bool Reachable { get; set; } = true;

    /// <summary>Cordoned by somebody else than us.</summary>
    public bool ForeignCordon { get; set; }

    /// <summary>Size of job that the node is for.</summary>
    public ZoneRole Zone { get; set; }

    /// <summary>Workloads that the node takes at most, however small; all that are on it count. Default <see cref="NodeTable.NoLimit"/>.</summary>
    public int MaxWorkloads { get; set; } = NodeTable.NoLimit;

    public override CommandKind Kind => CommandKind.UpsertNode;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        writer.String(Name);
        writer.Int32(GpuCount);
        writer.Int64(CpuMilli);
        writer.Int64(MemoryMib);
        writer.String(Group);
        writer.Int32(TopologyLeaf);
        writer.Bool(Reachable);
        writer.Bool(ForeignCordon);
        writer.Byte((byte)Zone);
        writer.Int32(MaxWorkloads);
    }

    internal void Read(ref CommandReader reader)
    {
        Name = reader.String();
        GpuCount = reader.Int32();
        CpuMilli = reader.Int64();
        MemoryMib = reader.Int64();
        Group = reader.String();
        TopologyLeaf = reader.Int32();
        Reachable = reader.Bool();
        ForeignCordon = reader.Bool();
        Zone = (ZoneRole)reader.Byte();
        // Journals of before nodes had a limit end here.
        MaxWorkloads = reader.AtEnd ? NodeTable.NoLimit : reader.Int32();
    }
}

/// <summary>The cluster no longer has the node. Its workloads are released, a live run on it ends.</summary>
public sealed class RemoveNodeCommand : Command
{
    public string Name { get; set; } = "";

    public override CommandKind Kind => CommandKind.RemoveNode;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer) => writer.String(Name);

    internal void Read(ref CommandReader reader) => Name = reader.String();
}
