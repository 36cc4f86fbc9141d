using System.Numerics;
using System.Runtime.InteropServices;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// What can be freed on a node: workloads that only together free something, how much, and the least that they cost. In the order in
/// which a greedy choice would take them: the least cost for what is freed first.
/// </summary>
internal sealed class FreeableItems
{
    /// <summary>Items on a node: 16 GPUs, and the small workloads beside them as far as a search can tell them apart; the last is all the rest.</summary>
    private const int MaxItems = 64;

    private readonly Item[] _items = new Item[MaxItems];
    private readonly int[] _weightBehind = new int[MaxItems + 1];
    private readonly uint[] _masks = new uint[NodeTable.MaxGpus];
    private readonly List<int> _slots = [];
    private ClusterState _state = null!;
    private VictimSet _victims = null!;
    private int _gpu;

    public int Count { get; private set; }

    public int Weight(int item) => _items[item].Weight;

    /// <summary>Its workloads do not need each other.</summary>
    public bool IsRest(int item) => _items[item].Rest;

    /// <summary>What a workload of the rest frees by itself.</summary>
    public int WeightOf(int slot) => _gpu >= 0 && (_state.Workloads[slot].Gpus >> _gpu & 1) != 0 ? _state.Workloads[slot].GpuMilli : 0;

    public ReadOnlySpan<int> Slots(int item)
        => CollectionsMarshal.AsSpan(_slots).Slice(_items[item].First, _items[item].Length);

    /// <summary>The least that items from this one on cost which free so much; -1 when they cannot.</summary>
    public long LeastFor(int from, int weight)
    {
        if (weight > _weightBehind[from])
            return -1;
        var cost = 0L;
        for (var at = from; weight > 0; at++)
        {
            ref readonly var item = ref _items[at];
            cost += item.Weight <= weight ? item.Least : item.Least / item.Weight * weight;
            weight -= item.Weight;
        }
        return cost;
    }

    /// <summary>Weights are whole GPUs. GPUs that a workload has in common go together.</summary>
    /// <param name="rest">CPU or memory is short too, or there are too many workloads: also what frees no GPU is of use.</param>
    public void OfWholeGpus(ClusterState state, VictimSet victims, NodeRoom room, bool rest)
    {
        Begin(state, victims, -1);
        var parts = Parts(room.Staying);
        for (var part = 0; part < parts; part++)
        {
            var (first, alone) = (_slots.Count, true);
            foreach (var slot in room.Staying)
            {
                if ((state.Workloads[slot].Gpus & _masks[part]) != 0)
                    _slots.Add(slot);
            }
            foreach (var slot in room.Staying)
                alone &= (state.Workloads[slot].Gpus & _masks[part]) != 0 || !SharesGang(slot, first);
            Add(first, BitOperations.PopCount(_masks[part] & room.Freeable), alone);
        }
        if (rest)
            AddSingles(room.Staying, parts, -1);
        Sort();
    }

    /// <summary>Weights are milli-GPU on one GPU.</summary>
    public void OfGpu(ClusterState state, VictimSet victims, NodeRoom room, int gpu, bool rest)
    {
        Begin(state, victims, gpu);
        foreach (var slot in room.Staying)
        {
            ref readonly var row = ref state.Workloads[slot];
            if ((row.Gpus >> gpu & 1) == 0)
                continue;
            _slots.Add(slot);
            Add(_slots.Count - 1, row.GpuMilli, victims.GangOf(row) < 0);
        }
        if (rest)
            AddSingles(room.Staying, 0, gpu);
        Sort();
    }

    private void Begin(ClusterState state, VictimSet victims, int gpu)
    {
        (_state, _victims, _gpu, Count) = (state, victims, gpu, 0);
        _slots.Clear();
    }

    /// <summary>The GPUs in use, in sets that no workload joins.</summary>
    private int Parts(ReadOnlySpan<int> staying)
    {
        var parts = 0;
        foreach (var slot in staying)
        {
            uint mask = _state.Workloads[slot].Gpus;
            if (mask == 0)
                continue;
            for (var part = parts - 1; part >= 0; part--)
            {
                if ((_masks[part] & mask) == 0)
                    continue;
                mask |= _masks[part];
                _masks[part] = _masks[--parts];
            }
            _masks[parts++] = mask;
        }
        return parts;
    }

    /// <summary>Whether the workload is of the gang of one of those that were gathered from this slot on.</summary>
    private bool SharesGang(int slot, int first)
    {
        var set = _victims.GangOf(_state.Workloads[slot]);
        for (var at = first; set >= 0 && at < _slots.Count; at++)
        {
            if (_state.Workloads[_slots[at]].Set == set)
                return true;
        }
        return false;
    }

    /// <summary>Workloads that free CPU, memory and their own place, each for itself, but for those that are an item alone already.</summary>
    private void AddSingles(ReadOnlySpan<int> staying, int parts, int gpu)
    {
        foreach (var slot in staying)
        {
            ref readonly var row = ref _state.Workloads[slot];
            if (gpu >= 0 ? (row.Gpus >> gpu & 1) != 0 : row.Gpus != 0 && IsAlone(staying, slot, parts))
                continue;
            _slots.Add(slot);
            Add(_slots.Count - 1, 0, _victims.GangOf(row) < 0);
        }
    }

    private bool IsAlone(ReadOnlySpan<int> staying, int slot, int parts)
    {
        for (var part = 0; part < parts; part++)
        {
            if ((_masks[part] & _state.Workloads[slot].Gpus) == 0)
                continue;
            foreach (var other in staying)
            {
                if (other != slot && (_state.Workloads[other].Gpus & _masks[part]) != 0)
                    return false;
            }
        }
        return true;
    }

    private void Add(int first, int weight, bool alone)
    {
        var least = 0L;
        for (var at = first; at < _slots.Count && least >= 0; at++)
        {
            var part = _victims.Least(_slots[at], alone && !SharesGangBefore(at, first));
            least = part < 0 ? -1 : least + part;
        }
        if (least < 0)
            _slots.RemoveRange(first, _slots.Count - first);
        else if (Count < MaxItems)
            _items[Count++] = new Item(first, _slots.Count - first, weight, least);
        else
            _items[^1] = new Item(_items[^1].First, _slots.Count - _items[^1].First, _items[^1].Weight + weight, _items[^1].Least + least, Rest: true);
    }

    // A gang that breaks costs once.
    private bool SharesGangBefore(int at, int first)
    {
        var set = _victims.GangOf(_state.Workloads[_slots[at]]);
        for (var before = first; set >= 0 && before < at; before++)
        {
            if (_state.Workloads[_slots[before]].Set == set)
                return true;
        }
        return false;
    }

    private void Sort()
    {
        for (var at = 1; at < Count; at++)
        {
            var (item, to) = (_items[at], at);
            for (; to > 0 && item.GoesBefore(_items[to - 1]); to--)
                _items[to] = _items[to - 1];
            _items[to] = item;
        }
        _weightBehind[Count] = 0;
        for (var at = Count - 1; at >= 0; at--)
            _weightBehind[at] = _weightBehind[at + 1] + _items[at].Weight;
    }

    /// <param name="First">Where its workloads begin.</param>
    /// <param name="Rest">They are those that a search does not tell apart.</param>
    private readonly record struct Item(int First, int Length, int Weight, long Least, bool Rest = false)
    {
        public bool GoesBefore(in Item other)
        {
            if (Weight == 0 || other.Weight == 0)
                return Weight != other.Weight ? Weight > other.Weight : Least < other.Least;
            var (mine, others) = ((Int128)Least * other.Weight, (Int128)other.Least * Weight);
            return mine != others ? mine < others : Weight > other.Weight;
        }
    }
}
