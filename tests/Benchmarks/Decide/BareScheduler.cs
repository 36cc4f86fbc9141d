using System.Numerics;

namespace Pipeline.Benchmarks.Decide;

/// <summary>
/// The baseline of the placement rule: best fit by one bitmap for each machine group and number of free GPUs, whose first node is the
/// answer. It keeps what any scheduler must keep (what each GPU, node and workload has in use, the workloads of a node, the order
/// in which assumptions end) and compares no two nodes. It knows no shares, no other pool than the group, and no snapshots.
/// </summary>
internal sealed class BareScheduler
{
    private const int None = -1;

    private readonly Dictionary<ulong, int> _slots = [];
    private readonly Stack<int> _free = [];
    private readonly List<Row> _rows = [];
    private readonly Node[] _nodes;
    private readonly int[] _gpuUsed;
    private readonly BareBitmap[] _byFree;
    private int _newest = None;

    public BareScheduler(int nodes)
    {
        (_nodes, _gpuUsed) = (new Node[nodes], new int[nodes * Fleet.GpusPerNode]);
        _byFree = new BareBitmap[Fleet.Groups * (Fleet.GpusPerNode + 1)];
        for (var i = 0; i < _byFree.Length; i++)
            _byFree[i] = new BareBitmap(nodes);
        for (var node = 0; node < nodes; node++)
        {
            _nodes[node] = new Node
            {
                Group = node % Fleet.Groups,
                Open = (1u << Fleet.GpusPerNode) - 1,
                Cpu = Fleet.CpuPerNode,
                Memory = Fleet.MemoryPerNode,
                FirstRow = None,
            };
            Of(node % Fleet.Groups, Fleet.GpusPerNode).Add(node);
        }
    }

    public bool Place(ulong id, string name, int group, int gpus, int cpu, int memory)
    {
        if (_slots.ContainsKey(id))
            return false;
        for (var free = gpus; free <= Fleet.GpusPerNode; free++)
        {
            var node = Of(group, free).First();
            if (node < 0 || _nodes[node].Cpu < cpu || _nodes[node].Memory < memory)
                continue;
            uint open = _nodes[node].Open, rest = open;
            for (var left = gpus; left > 0; left--)
                rest &= rest - 1;
            Enter(new Row { Id = id, Name = name, Node = node, Gpus = open & ~rest, Cpu = cpu, Memory = memory });
            return true;
        }
        return false;
    }

    public void Release(ulong id)
    {
        if (!_slots.Remove(id, out var slot))
            return;
        var row = _rows[slot];
        Unlink(row);
        _rows[slot] = default;
        _free.Push(slot);
        Shift(row, -1);
    }

    private BareBitmap Of(int group, int free) => _byFree[group * (Fleet.GpusPerNode + 1) + free];

    private void Enter(Row row)
    {
        if (!_free.TryPop(out var slot))
        {
            slot = _rows.Count;
            _rows.Add(default);
        }
        (row.NextOfNode, row.PreviousOfNode, row.Older, row.Newer) = (_nodes[row.Node].FirstRow, None, _newest, None);
        _rows[slot] = row;
        _slots.Add(row.Id, slot);
        if (row.NextOfNode != None)
            At(row.NextOfNode).PreviousOfNode = slot;
        if (row.Older != None)
            At(row.Older).Newer = slot;
        _newest = _nodes[row.Node].FirstRow = slot;
        Shift(row, 1);
    }

    private void Unlink(in Row row)
    {
        if (row.PreviousOfNode == None)
            _nodes[row.Node].FirstRow = row.NextOfNode;
        else
            At(row.PreviousOfNode).NextOfNode = row.NextOfNode;
        if (row.NextOfNode != None)
            At(row.NextOfNode).PreviousOfNode = row.PreviousOfNode;
        if (row.Newer == None)
            _newest = row.Older;
        else
            At(row.Newer).Older = row.Older;
        if (row.Older != None)
            At(row.Older).Newer = row.Newer;
    }

    private ref Row At(int slot) => ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows)[slot];

    private void Shift(in Row row, int sign)
    {
        ref var node = ref _nodes[row.Node];
        var before = BitOperations.PopCount(node.Open);
        node.Cpu -= sign * row.Cpu;
        node.Memory -= sign * row.Memory;
        node.Open ^= row.Gpus;
        for (var rest = row.Gpus; rest != 0; rest &= rest - 1)
            _gpuUsed[row.Node * Fleet.GpusPerNode + BitOperations.TrailingZeroCount(rest)] += sign * 1000;
        Of(node.Group, before).Remove(row.Node);
        Of(node.Group, BitOperations.PopCount(node.Open)).Add(row.Node);
    }

    private struct Node
    {
        public int Group;
        public uint Open;
        public int Cpu;
        public int Memory;
        public int FirstRow;
    }

    private struct Row
    {
        public ulong Id;
        public string Name;
        public int Node;
        public uint Gpus;
        public int Cpu;
        public int Memory;
        public int NextOfNode;
        public int PreviousOfNode;
        public int Older;
        public int Newer;
    }
}
