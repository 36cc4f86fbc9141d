using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Gangs;

/// <summary>Where members of a gang are that may not share a node with others of it (<see cref="GangRole.Apart"/>). Working memory of one decision.</summary>
internal sealed class Mates
{
    private readonly NodeSet _open = new();
    private ulong[] _roles = [];
    private ulong _apart;

    // The role whose nodes are open; -1: none's are known.
    private int _role = -1;

    /// <param name="set">The gang's, or -1: it has no member yet.</param>
    public void Begin(ClusterState state, int set)
    {
        _role = -1;
        for (var slot = set < 0 ? -1 : state.Sets[set].First; slot >= 0; slot = state.Workloads.NextInSet(slot))
            Note(slot, 0);
    }

    /// <summary>All members that have their places.</summary>
    public void Gather(ClusterState state, GangSpec gang)
    {
        var known = state.Sets.TryFind(SetKind.Gang, gang.Id, out var set);
        Begin(state, known ? set : -1);
        for (var role = 0; known && role < gang.Roles.Length; role++)
        {
            foreach (var member in gang.Roles[role].Members)
            {
                if (state.Workloads.TryFind(member, out var slot) && state.Workloads[slot].Set == set)
                    Add(slot, role, state.Workloads[slot].Node);
            }
        }
    }

    /// <summary>A member that has its place.</summary>
    public void Add(int slot, int role, int node)
    {
        Note(slot, 1UL << role);
        if (_role >= 0 && (_apart >> role & 1) != 0)
            _open.Remove(node);
    }

    /// <summary>Some have lost their places again.</summary>
    public void Undone() => _role = -1;

    /// <summary>A member of the role may be on the node as far as the others are concerned that have their places.</summary>
    public bool Admit(ClusterState state, GangSpec gang, int role, int node)
    {
        var apart = gang.Roles[role].Apart;
        if (apart == 0 || !state.Sets.TryFind(SetKind.Gang, gang.Id, out var set))
            return true;
        for (var slot = state.Nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
        {
            if (state.Workloads[slot].Set == set && (_roles[slot] & apart) != 0)
                return false;
        }
        return true;
    }

    /// <summary>The nodes that are open to a member of the role, of which some must stay clear of others.</summary>
    /// <param name="candidates">The only nodes that will do; null: any.</param>
    public NodeSet OpenTo(ClusterState state, GangSpec gang, int role, NodeSet? candidates)
    {
        if (_role == role)
            return _open;
        (_role, _apart) = (role, gang.Roles[role].Apart);
        _open.Clear();
        for (var node = 0; node < state.Nodes.End; node++)
        {
            if (candidates?.Contains(node) != false)
                _open.Add(node);
        }
        if (!state.Sets.TryFind(SetKind.Gang, gang.Id, out var set))
            return _open;
        for (var slot = state.Sets[set].First; slot >= 0; slot = state.Workloads.NextInSet(slot))
        {
            if ((_roles[slot] & _apart) != 0)
                _open.Remove(state.Workloads[slot].Node);
        }
        return _open;
    }

    private void Note(int slot, ulong roles)
    {
        if (_roles.Length <= slot)
            Array.Resize(ref _roles, Math.Max(slot + 1, _roles.Length * 2));
        _roles[slot] = roles;
    }
}
