using System.Collections.Immutable;
using System.Numerics;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Reservations.Estimates;

/// <summary>
/// Goes through the times at which nodes become free or are taken, the next one first, until the job fits. What does not say when it ends
/// is let go last, the nodes with the least of it first. Counts for each domain say whether a closer look is worth it.
/// </summary>
internal sealed partial class StartSearch
{
    public const int AnyGroup = -1;

    private const string NoNodes = "No nodes that are in scheduling could hold it, even if nothing else ran.";

    /// <summary>Domains packed in vain; only jobs of several sizes or sub-groups can fail there, and an estimate must end.</summary>
    private const int MaxPackings = 64;

    /// <summary>Nodes whose places are counted at the cost of one that is forecast.</summary>
    private const int LooksForOne = 16;

    private readonly ClusterState _state;
    private readonly JobDemand _demand;
    private readonly int _group;
    private readonly long _now;
    private readonly List<int> _usable = [];
    private readonly List<NodeForecast> _nodes = [];
    private readonly List<StartEvent> _events = [];
    private readonly List<(long Milli, int Forecast)> _endless = [];
    private readonly SortedSet<(int Tier, int Domain)> _grown = [];
    // What is counted of each domain: members of these roles that fit, and last of all free whole GPUs.
    private readonly List<RoleDemand> _roles;
    private readonly int[] _needed;
    private readonly int[][] _sums;
    private int[] _counted = [];
    private int _packings = MaxPackings;

    /// <param name="group">Machine group of members with GPUs, or <see cref="AnyGroup"/>.</param>
    public StartSearch(ClusterState state, JobDemand demand, int group, long now, ImmutableArray<int> within)
    {
        (_state, _demand, _group, _now) = (state, demand, group, now);
        // Of the others the GPUs tell enough.
        _roles = [.. demand.Roles.Where((role, at) => at == 0 || role.IsBound)];
        _needed = [.. _roles.Select(role => role.Members), demand.Roles.Sum(role => role.Shape.WholeGpus * role.Members)];
        _sums = NoSums();
        if (!within.IsDefault)
        {
            foreach (var node in within)
                Consider(node);
            return;
        }
        for (var node = 0; node < state.Nodes.End; node++)
            Consider(node);
    }

    private void Consider(int node)
    {
        if (WillDo(node))
            _usable.Add(node);
    }

    private TopologyTree Tree => _state.Nodes.Topology;

    /// <param name="looks">See <see cref="EarliestStart"/>.</param>
    public StartEstimate Run(ref int looks)
    {
        looks -= _usable.Count * _roles.Count / LooksForOne;
        if (!CouldEverFit())
            return StartEstimate.Never(NoNodes);
        foreach (var node in _usable)
            Forecast(node);
        looks -= _nodes.Count + _events.Count;
        _events.Sort();
        _counted = new int[_nodes.Count * _needed.Length];
        for (var forecast = 0; forecast < _nodes.Count; forecast++)
            Recount(forecast);
        if (Fits() is { IsDefault: false } atOnce)
            return new StartEstimate(true, _now, atOnce, "");
        for (int first = 0, next; first < _events.Count; first = next)
        {
            for (next = first; next < _events.Count && _events[next].At == _events[first].At; next++)
                Apply(_events[next]);
            if (Fits() is { IsDefault: false } later)
                return new StartEstimate(true, _events[first].At, later, "");
        }
        return OnceTheEndlessEnd();
    }

    private StartEstimate OnceTheEndlessEnd()
    {
        _endless.Sort();
        foreach (var (_, forecast) in _endless)
        {
            var node = _nodes[forecast].Node;
            for (var slot = _state.Nodes.FirstWorkload(node); slot >= 0; slot = _state.Workloads.NextOnNode(slot))
            {
                if (RunTime.EndOf(_state.Workloads[slot], _now) == RunTime.Unknown)
                    _nodes[forecast].Give(_state.Workloads[slot]);
            }
            Recount(forecast);
            if (Fits() is { IsDefault: false } nodes)
                return new StartEstimate(false, 0, nodes, ReasonOn(nodes));
        }
        return StartEstimate.Never(NoNodes);
    }

    private string ReasonOn(ImmutableArray<int> nodes)
    {
        foreach (var node in nodes)
        {
            for (var slot = _state.Nodes.FirstWorkload(node); slot >= 0; slot = _state.Workloads.NextOnNode(slot))
            {
                ref readonly var row = ref _state.Workloads[slot];
                if (RunTime.EndOf(row, _now) == RunTime.Unknown)
                    return $"Workload '{row.Name}' on node '{_state.Nodes.NameOf(node)}' {(row.Traits.ExpectedSeconds == 0 ? "has no expected duration" : "has run longer than expected")}.";
            }
        }
        return "";
    }

    private void Apply(in StartEvent change)
    {
        var node = _nodes[change.Forecast];
        if (change.Kind == StartEventKind.End)
            node.Give(_state.Workloads[change.Slot]);
        else
            node.Closed += change.Kind == StartEventKind.Close ? 1 : -1;
        Recount(change.Forecast);
    }

    private void Recount(int forecast)
    {
        var node = _nodes[forecast];
        for (var column = 0; column < _needed.Length; column++)
        {
            ref var counted = ref _counted[forecast * _needed.Length + column];
            var more = (node.Closed > 0 ? 0 : Count(column, node)) - counted;
            counted += more;
            for (var domain = more == 0 ? -1 : _state.Nodes.DomainOf(node.Node); domain >= 0; domain = Tree.ParentOf(domain))
                _sums[column][domain] += more;
        }
        for (var domain = node.Closed > 0 ? -1 : _state.Nodes.DomainOf(node.Node); domain >= 0; domain = Tree.ParentOf(domain))
        {
            if (Suffices(_sums, domain) && MayHold(domain))
                _grown.Add((Tree.TierOf(domain), domain));
        }
    }

    /// <summary>The nodes of the lowest of the domains that grew and now hold the job, ascending; default when none does.</summary>
    private ImmutableArray<int> Fits()
    {
        foreach (var (_, domain) in _grown)
        {
            if (_packings == 0 || !Suffices(_sums, domain))
                continue;
            var packing = new StartPacking(_state, _demand, _nodes, domain, (role, node) => Accepts(role, node));
            if (packing.TryPack(out var nodes))
                return nodes;
            _packings--;
        }
        _grown.Clear();
        return default;
    }

    /// <summary>Whether the counts of a domain suffice once nothing runs there any more, so that a search through time is worth it.</summary>
    private bool CouldEverFit()
    {
        var sums = NoSums();
        foreach (var node in _usable)
        {
            for (var column = 0; column < _needed.Length; column++)
            {
                var count = CountWhenEmpty(column, node);
                for (var domain = count == 0 ? -1 : _state.Nodes.DomainOf(node); domain >= 0; domain = Tree.ParentOf(domain))
                    sums[column][domain] += count;
            }
        }
        for (var domain = 0; domain < Tree.Count; domain++)
        {
            if (Suffices(sums, domain) && MayHold(domain))
                return true;
        }
        return false;
    }

    private int Count(int column, NodeForecast node)
        => column == _roles.Count ? node.FreeGpus : Accepts(_roles[column], node.Node) ? _roles[column].PlacesOn(node) : 0;

    private int CountWhenEmpty(int column, int node)
        => column == _roles.Count ? BitOperations.PopCount(_state.Nodes.HealthyGpus(node))
        : Accepts(_roles[column], node) ? NodeForecast.PlacesWhenEmpty(_state.Nodes, node, _roles[column].Shape, _roles[column].MostPlaces) : 0;

    private bool Suffices(int[][] sums, int domain)
    {
        for (var column = 0; column < sums.Length; column++)
        {
            if (sums[column][domain] < _needed[column])
                return false;
        }
        return true;
    }

    private int[][] NoSums() => Array.ConvertAll(_needed, _ => new int[Tree.Count]);

    private bool MayHold(int domain) => (_demand.Around < 0 || Tree.Contains(domain, _demand.Around)) && _demand.Topology switch
    {
        TopologyMode.None => domain == TopologyTree.Root,
        TopologyMode.Soft => true,
        _ => domain != TopologyTree.Root && Tree.TierOf(domain) <= _demand.HighestTier,
    };
}
