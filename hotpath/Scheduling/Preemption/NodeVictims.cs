using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// The cheapest victims on one node that make room for a number of equal workloads, by branch and bound over what can be freed: for
/// whole GPUs each set of GPUs together with all that use them, for a share the workloads on one GPU. The bound is that of the
/// fractional knapsack (Martello and Toth, Knapsack Problems, 2.2); with at most 16 GPUs it leaves few branches.
/// </summary>
internal sealed class NodeVictims(VictimSet victims, PlannedSeats seats)
{
    /// <summary>No victims would make room.</summary>
    public const long NoWay = -1;

    /// <summary>
    /// Branches looked at: only a node with dozens of small workloads that is short of CPU or memory, or has too many of them, has more, and
    /// there one cheap set is as good as another. The first branch takes all it can, so a set is found if there is one.
    /// </summary>
    private const int MaxSteps = 4_096;

    private readonly FreeableItems _items = new();
    private readonly List<int> _chosen = [];
    private readonly List<int> _best = [];
    private ClusterState _state = null!;
    private long _shortCpu;
    private long _shortMemory;
    private long _shortWorkloads;
    private int _shortWeight;
    private long _before;
    private long _bestCost;
    private int _steps;
    private Solved _solved;

    /// <summary>What the node has under the plan; as at the last look.</summary>
    public NodeRoom Room { get; } = new();

    /// <summary>GPU that the share of the last answer is on; -1 when it was about whole GPUs or none.</summary>
    public int Gpu { get; private set; }

    private bool IsRestShort => _shortCpu > 0 || _shortMemory > 0 || _shortWorkloads > 0;

    /// <summary>What must be paid for room, on top of the plan's cost; <see cref="NoWay"/> when it cannot be had for less than the limit.</summary>
    /// <param name="count">Workloads of the shape; 1 for a share.</param>
    /// <param name="limit">Only a lower cost is of use.</param>
    public long Cost(ClusterState state, int node, in Shape shape, int count, long limit = long.MaxValue)
    {
        (_state, _bestCost, Gpu, _solved) = (state, limit, -1, default);
        if (!state.Nodes.IsSchedulable(node))
            return NoWay;
        Room.Look(state, victims, seats, node);
        _shortCpu = shape.CpuMilli == 0 ? 0 : Math.Max(0, shape.CpuMilli * count - Room.Cpu);
        _shortMemory = shape.MemoryMib == 0 ? 0 : Math.Max(0, shape.MemoryMib * count - Room.Memory);
        _shortWorkloads = Math.Max(0, count - Room.WorkloadsLeft);
        if (shape.IsShare)
            SearchGpus(shape.GpuMilli);
        else
            SearchWhole(shape.GpuCount * count);
        if (_bestCost == limit)
            return NoWay;
        _solved = new Solved(victims.Round, victims.Count, seats.Count, node, shape, count);
        return _bestCost;
    }

    /// <summary>Takes the cheapest victims into the plan. False when there is no way.</summary>
    public bool Take(ClusterState state, int node, in Shape shape, int count)
    {
        // As a rule it has just been asked what that costs.
        if (_solved != new Solved(victims.Round, victims.Count, seats.Count, node, shape, count) && Cost(state, node, shape, count) == NoWay)
            return false;
        foreach (var slot in _best)
            victims.TryAdd(slot);
        return true;
    }

    /// <summary>The least that a single victim on the node costs.</summary>
    public long Cheapest(ClusterState state, int node)
    {
        if (!state.Nodes.IsSchedulable(node))
            return NoWay;
        Room.Look(state, victims, seats, node);
        (_bestCost, _solved, var units) = (long.MaxValue, default, victims.Count);
        foreach (var slot in Room.Staying)
        {
            var before = victims.Cost;
            if (!victims.TryAdd(slot))
                continue;
            if (victims.Cost - before < _bestCost)
            {
                _bestCost = victims.Cost - before;
                _best.Clear();
                _best.Add(slot);
            }
            victims.Rollback(units);
        }
        return _bestCost == long.MaxValue ? NoWay : _bestCost;
    }

    /// <summary>What the cost of the last answer grows by in a second.</summary>
    public long Growth()
    {
        var (units, before) = (victims.Count, victims.Growth);
        foreach (var slot in _best)
            victims.TryAdd(slot);
        var growth = victims.Growth - before;
        victims.Rollback(units);
        return growth;
    }

    private void SearchWhole(int gpus)
    {
        if (gpus > BitOperations.PopCount(Room.Usable))
            return;
        _items.OfWholeGpus(_state, victims, Room, IsRestShort);
        Search(gpus - Room.FreeGpus);
    }

    private void SearchGpus(int milli)
    {
        // A GPU that its workloads leave is none for a share then: it takes the place of one that the node has lost.
        if (Room.FreeGpus < 0)
            return;
        for (var rest = Room.Healthy; rest != 0; rest &= rest - 1)
        {
            var (gpu, before) = (BitOperations.TrailingZeroCount(rest), _bestCost);
            // A free GPU may be promised to a seat of whole ones.
            if (Room.Used(gpu) == 0 && Room.FreeGpus <= 0)
                continue;
            _items.OfGpu(_state, victims, Room, gpu, IsRestShort);
            Search(Room.Used(gpu) + milli - NodeTable.WholeGpu);
            if (_bestCost < before)
                Gpu = gpu;
        }
    }

    private void Search(int shortWeight)
    {
        (_shortWeight, _before, _steps) = (shortWeight, victims.Cost, 0);
        _chosen.Clear();
        Branch(0, 0);
    }

    private void Branch(int at, int weight)
    {
        var cost = victims.Cost - _before;
        if (cost >= _bestCost)
            return;
        if (weight >= _shortWeight && CoversRest())
        {
            _bestCost = cost;
            _best.Clear();
            _best.AddRange(_chosen);
            return;
        }
        if (at == _items.Count || _steps++ >= MaxSteps || _items.LeastFor(at, _shortWeight - weight) is var rest && (rest < 0 || cost + rest >= _bestCost))
            return;
        var (units, chosen) = (victims.Count, _chosen.Count);
        if (TryTake(at, out var freed))
            Branch(at + 1, weight + freed);
        victims.Rollback(units);
        _chosen.RemoveRange(chosen, _chosen.Count - chosen);
        Branch(at + 1, weight);
    }

    private bool TryTake(int item, out int weight)
    {
        weight = _items.Weight(item);
        foreach (var slot in _items.Slots(item))
        {
            if (victims.TryAdd(slot))
                _chosen.Add(slot);
            else if (_items.IsRest(item))
                weight -= _items.WeightOf(slot);
            else
                return false;
        }
        return true;
    }

    private bool CoversRest()
    {
        if (!IsRestShort)
            return true;
        var (cpu, memory, workloads) = (0L, 0L, 0);
        foreach (var slot in Room.Staying)
        {
            if (!victims.Contains(slot))
                continue;
            cpu += _state.Workloads[slot].Cpu;
            memory += _state.Workloads[slot].Memory;
            workloads++;
        }
        return cpu >= _shortCpu && memory >= _shortMemory && workloads >= _shortWorkloads;
    }

    /// <summary>The plan and the question that the last answer is for.</summary>
    private readonly record struct Solved(int Round, int Units, int Seats, int Node, Shape Shape, int Count);
}
