using System.Numerics;

namespace Pipeline.Scheduling.Gangs;

/// <summary>Missing members of one role.</summary>
/// <param name="First">Index of the first among those that are missing.</param>
/// <param name="End">One more than the index of the last.</param>
internal readonly record struct MemberRun(GangRole Role, int First, int End);

/// <summary>
/// Missing members role by role, those that take the most GPUs of a node first: small ones find a place in what they leave. Or as they are
/// listed: those with the fewest nodes to choose from are mostly the first, and large ones may have taken these.
/// </summary>
internal ref struct MemberRuns
{
    private readonly GangSpec _gang;
    private readonly ReadOnlySpan<(int Role, int Index, ulong Workload)> _members;
    private readonly int _first;
    private readonly bool _asListed;
    private uint _sizes;
    private int _next;

    /// <param name="members">Those of one role stand together.</param>
    /// <param name="first">Index of the first that is of interest.</param>
    public MemberRuns(GangSpec gang, ReadOnlySpan<(int Role, int Index, ulong Workload)> members, int first, bool asListed)
    {
        _gang = gang;
        _members = members;
        (_first, _next, _asListed) = (first, first, asListed);
        foreach (var role in gang.Roles)
            _sizes |= asListed ? 1 : 1u << role.Shape.GpuCount;
    }

    public MemberRun Current { get; private set; }

    public readonly MemberRuns GetEnumerator() => this;

    public bool MoveNext()
    {
        for (; _sizes != 0; _sizes ^= 1u << BitOperations.Log2(_sizes), _next = _first)
        {
            while (_next < _members.Length)
            {
                var (first, role) = (_next, _members[_next].Role);
                while (_next < _members.Length && _members[_next].Role == role)
                    _next++;
                Current = new MemberRun(_gang.Roles[role], first, _next);
                if (_asListed || Current.Role.Shape.GpuCount == BitOperations.Log2(_sizes))
                    return true;
            }
        }
        return false;
    }
}
