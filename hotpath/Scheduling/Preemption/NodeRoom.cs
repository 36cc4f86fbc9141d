using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>What a node has left under a plan: its victims gone, the plan's seats taken.</summary>
internal sealed class NodeRoom
{
    private readonly int[] _used = new int[NodeTable.MaxGpus];
    private int[] _slots = new int[64];
    private int _count;
    private uint _shared;
    private int _spare;
    private int _whole;
    private bool _asksCpu;
    private bool _asksMemory;

    /// <summary>Slots of the workloads that stay so far, the newest first.</summary>
    public ReadOnlySpan<int> Staying => _slots.AsSpan(0, _count);

    /// <summary>GPUs that are in order and have no planned share on them.</summary>
    public uint Usable { get; private set; }

    /// <summary>GPUs of which each one that its workloads leave is one more for others.</summary>
    public uint Freeable { get; private set; }

    /// <summary>GPUs that may get a share.</summary>
    public uint Healthy { get; private set; }

    /// <summary>Whole GPUs still free; negative: too few for the plan, or more in use than the node has left.</summary>
    public int FreeGpus => _spare - _whole;

    /// <summary>Thousandths of a core; negative where the node is overcommitted.</summary>
    public long Cpu { get; private set; }

    /// <summary>MiB; negative where the node is overcommitted.</summary>
    public long Memory { get; private set; }

    /// <summary>Workloads that the node may still get; negative where there are more than it may have.</summary>
    public long WorkloadsLeft { get; private set; }

    /// <summary>The plan's seats, of which there are some, fit.</summary>
    public bool Holds
    {
        get
        {
            for (var rest = _shared; rest != 0; rest &= rest - 1)
            {
                if (Used(BitOperations.TrailingZeroCount(rest)) > NodeTable.WholeGpu)
                    return false;
            }
            return FreeGpus >= 0 && WorkloadsLeft >= 0 && (Cpu >= 0 || !_asksCpu) && (Memory >= 0 || !_asksMemory);
        }
    }

    /// <summary>Milli-GPU in use on the GPU, by those that stay and by planned shares.</summary>
    public int Used(int gpu) => _used[gpu];

    public void Look(ClusterState state, VictimSet victims, PlannedSeats seats, int node)
    {
        var (nodes, workloads) = (state.Nodes, state.Workloads);
        nodes.GpusUsed(node).CopyTo(_used);
        (Cpu, Memory, WorkloadsLeft, _count) = (nodes.CpuLeft(node), nodes.MemoryLeft(node), nodes.WorkloadsLeft(node), 0);
        for (var slot = nodes.FirstWorkload(node); slot >= 0; slot = workloads.NextOnNode(slot))
        {
            if (victims.Contains(slot))
                Leave(workloads[slot]);
            else
                Stay(slot);
        }
        (_shared, _whole, _asksCpu, _asksMemory) = (0, 0, false, false);
        for (var seat = seats.FirstOn(node); seat >= 0; seat = seats[seat].Next)
            Sit(seats[seat]);
        Healthy = nodes.HealthyGpus(node);
        Usable = Healthy & ~_shared;
        Freeable = Usable | GpuLanes.Beyond(nodes.GpuCountOf(node));
        _spare = GpuLanes.Spare(_used, Usable, nodes.GpuCountOf(node));
    }

    private void Leave(in WorkloadRow row)
    {
        Cpu += row.Cpu;
        Memory += row.Memory;
        WorkloadsLeft++;
        for (uint rest = row.Gpus; rest != 0; rest &= rest - 1)
            _used[BitOperations.TrailingZeroCount(rest)] -= row.GpuMilli;
    }

    private void Stay(int slot)
    {
        if (_count == _slots.Length)
            Array.Resize(ref _slots, _count * 2);
        _slots[_count++] = slot;
    }

    private void Sit(in PlannedSeat seat)
    {
        Cpu -= seat.Shape.CpuMilli;
        Memory -= seat.Shape.MemoryMib;
        WorkloadsLeft--;
        _asksCpu |= seat.Shape.CpuMilli > 0;
        _asksMemory |= seat.Shape.MemoryMib > 0;
        if (seat.Gpu < 0)
        {
            _whole += seat.Shape.GpuCount;
            return;
        }
        _shared |= 1u << seat.Gpu;
        _used[seat.Gpu] += seat.Shape.GpuMilli;
    }
}
