using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Benchmarks.Decide;

/// <summary>
/// The baseline: best fit (fewest free GPUs, then least CPU, then least memory, then lowest index) by a Vector256 scan over flat columns of all
/// nodes. It keeps its columns up to date and nothing else: no workloads, no deadlines, no snapshot pages.
/// </summary>
internal sealed class VectorScan
{
    private const int Stride = 32;

    private readonly byte[] _group;
    private readonly byte[] _free;
    private readonly ushort[] _open;
    private readonly int[] _cpu;
    private readonly int[] _memory;
    private readonly bool _stopsAtExact;

    /// <param name="stopsAtExact">
    /// The first node of which the request leaves no GPU will do. That is less than best fit: the nodes behind it may have less CPU and memory to spare.
    /// </param>
    public VectorScan(ClusterSnapshot cluster, bool stopsAtExact = false)
    {
        _stopsAtExact = stopsAtExact;
        var capacity = (cluster.NodeCount + Stride - 1) / Stride * Stride;
        (_group, _free, _open) = (new byte[capacity], new byte[capacity], new ushort[capacity]);
        (_cpu, _memory) = (new int[capacity], new int[capacity]);
        foreach (var node in cluster.Nodes())
        {
            _group[node.Index] = (byte)node.GroupIndex;
            _free[node.Index] = (byte)node.FreeGpuCount;
            _open[node.Index] = (ushort)node.FreeGpus;
            _cpu[node.Index] = (int)node.CpuFreeMilli;
            _memory[node.Index] = (int)node.MemoryFreeMib;
        }
    }

    /// <param name="group">Machine group, or -1 for any.</param>
    public int Find(int group, int gpus, int cpu, int memory)
    {
        ref var groups = ref MemoryMarshal.GetArrayDataReference(_group);
        ref var frees = ref MemoryMarshal.GetArrayDataReference(_free);
        var (wanted, least, most) = (Vector256.Create((byte)group), Vector256.Create((byte)gpus), Vector256<byte>.AllBitsSet);
        var any = group < 0 ? Vector256<byte>.AllBitsSet : default;
        var best = -1;
        for (var start = 0; start < _free.Length; start += Stride)
        {
            var free = Vector256.LoadUnsafe(ref frees, (nuint)start);
            var candidates = ((any | Vector256.Equals(Vector256.LoadUnsafe(ref groups, (nuint)start), wanted))
                & Vector256.GreaterThanOrEqual(free, least) & Vector256.LessThanOrEqual(free, most)).ExtractMostSignificantBits();
            for (; candidates != 0; candidates &= candidates - 1)
            {
                var node = start + BitOperations.TrailingZeroCount(candidates);
                if (_cpu[node] < cpu || _memory[node] < memory || (best >= 0 && !IsTighter(node, best)))
                    continue;
                best = node;
                most = Vector256.Create(_free[node]);
                if (_stopsAtExact && _free[node] == gpus)
                    return best;
            }
        }
        return best;
    }

    public uint Place(int node, int gpus, int cpu, int memory)
    {
        uint open = _open[node];
        var rest = open;
        for (var left = gpus; left > 0; left--)
            rest &= rest - 1;
        _open[node] = (ushort)rest;
        _free[node] -= (byte)gpus;
        _cpu[node] -= cpu;
        _memory[node] -= memory;
        return open & ~rest;
    }

    public void Release(int node, uint mask, int cpu, int memory)
    {
        _open[node] |= (ushort)mask;
        _free[node] += (byte)BitOperations.PopCount(mask);
        _cpu[node] += cpu;
        _memory[node] += memory;
    }

    private bool IsTighter(int node, int than)
        => _free[node] != _free[than] ? _free[node] < _free[than]
        : _cpu[node] != _cpu[than] ? _cpu[node] < _cpu[than]
        : _memory[node] < _memory[than];
}
