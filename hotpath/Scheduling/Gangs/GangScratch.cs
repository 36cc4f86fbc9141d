using System.Runtime.InteropServices;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Gangs;

/// <summary>Working memory of one gang decision, kept for the next one.</summary>
internal sealed class GangScratch
{
    /// <summary>Members that have no place yet, role by role, with their index in it.</summary>
    public List<(int Role, int Index, ulong Workload)> Missing { get; private set; } = [];

    /// <summary>Workload slots that this try has entered, in order.</summary>
    public List<int> Entered { get; } = [];

    /// <summary>Members that were ever seated, in tries that came to nothing too: a measure of the work.</summary>
    public long Seated { get; set; }

    /// <summary>The gang's slot in the set table; -1: not looked up yet.</summary>
    public int Set { get; set; } = -1;

    /// <summary>Which members are on which nodes, for those that may not share one.</summary>
    public Mates Mates { get; } = new();

    /// <summary>Domains below the one in hand, as (capacity, domain).</summary>
    public List<(int Capacity, int Domain)> Domains { get; } = [];

    /// <summary>Domains of the tier in hand that were tried in vain.</summary>
    public List<int> Tried { get; } = [];

    /// <summary>Domains that were tried in vain for sub-groups in this decision.</summary>
    public int TriedInVain { get; set; }

    /// <summary>Domains of the members that have a place.</summary>
    public List<int> Occupied { get; } = [];

    private readonly int[] _classStarts = new int[NodeTable.MaxGpus + 2];
    private List<(int Role, int Index, ulong Workload)> _otherOrder = [];
    private int[] _nodes = new int[64];

    /// <summary>The first so many of those that are missing.</summary>
    public MemberRuns RunsOf(GangSpec gang, int members) => RunsOf(gang, 0, members);

    /// <summary>The missing ones from one index to before another.</summary>
    public MemberRuns RunsOf(GangSpec gang, int first, int end) => new(gang, CollectionsMarshal.AsSpan(Missing)[..end], first, asListed: false);

    /// <summary>The first so many of those that are missing, in the order in which the gang names its roles.</summary>
    public MemberRuns AsListed(GangSpec gang, int members) => new(gang, CollectionsMarshal.AsSpan(Missing)[..members], 0, asListed: true);

    /// <summary>Puts those first that are missing and take the least of a quota, role by role as before; <see cref="PutBack"/> undoes it.</summary>
    public void PutSmallestFirst(GangSpec gang)
    {
        _otherOrder.Clear();
        for (var milli = -1L; _otherOrder.Count < Missing.Count;)
        {
            var next = long.MaxValue;
            foreach (var role in gang.Roles)
                next = role.Shape.Milli > milli ? Math.Min(next, role.Shape.Milli) : next;
            milli = next;
            foreach (var member in Missing)
            {
                if (gang.Roles[member.Role].Shape.Milli == milli)
                    _otherOrder.Add(member);
            }
        }
        PutBack();
    }

    public void PutBack() => (Missing, _otherOrder) = (_otherOrder, Missing);

    /// <summary>Those of the nodes that have enough free GPUs and are schedulable: the fewest free GPUs first, then the lowest index.</summary>
    public ReadOnlySpan<int> InBestFitOrder(NodeTable table, ReadOnlySpan<int> nodes, int leastFree)
    {
        if (_nodes.Length < nodes.Length)
            _nodes = new int[nodes.Length * 2];
        Array.Clear(_classStarts);
        foreach (var node in nodes)
        {
            if (table.IsOpen(node))
                _classStarts[table.FreeGpuCount(node) + 1]++;
        }
        for (var free = 0; free < leastFree; free++)
            _classStarts[free + 1] = 0;
        for (var free = 0; free <= NodeTable.MaxGpus; free++)
            _classStarts[free + 1] += _classStarts[free];
        var count = _classStarts[NodeTable.MaxGpus + 1];
        foreach (var node in nodes)
        {
            if (table.IsOpen(node) && table.FreeGpuCount(node) >= leastFree)
                _nodes[_classStarts[table.FreeGpuCount(node)]++] = node;
        }
        return _nodes.AsSpan(0, count);
    }
}
