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
    private readonly int[] _places;
    private readonly int[] _gpus;
    private readonly int _gpusNeeded;
    private readonly RoleDemand _first;
    private int _packings = MaxPackings;

    /// <param name="group">Machine group of members with GPUs, or <see cref="AnyGroup"/>.</param>
    public StartSearch(ClusterState state, JobDemand demand, int group, long now, ImmutableArray<int> within)
    {
        (_state, _demand, _group, _now) = (state, demand, group, now);
        _first = demand.Roles[0];
        (_places, _gpus) = (new int[state.Nodes.Topology.Count], new int[state.Nodes.Topology.Count]);
        foreach (var role in demand.Roles)
            _gpusNeeded += role.Shape.WholeGpus * role.Members;
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
        looks -= _usable.Count / LooksForOne;
        if (!CouldEverFit())
            return StartEstimate.Never(NoNodes);
        foreach (var node in _usable)
            Forecast(node);
        looks -= _nodes.Count + _events.Count;
        _events.Sort();
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
        var counted = node.Closed > 0 ? default : Count(node);
        var (places, gpus) = (counted.Places - node.Counted.Places, counted.Gpus - node.Counted.Gpus);
        node.Counted = counted;
        for (var domain = _state.Nodes.DomainOf(node.Node); domain >= 0; domain = Tree.ParentOf(domain))
        {
            _places[domain] += places;
            _gpus[domain] += gpus;
            if (node.Closed == 0 && Suffices(_places[domain], _gpus[domain]) && MayHold(domain))
                _grown.Add((Tree.TierOf(domain), domain));
        }
    }

    /// <summary>The nodes of the lowest of the domains that grew and now hold the job, ascending; default when none does.</summary>
    private ImmutableArray<int> Fits()
    {
        foreach (var (_, domain) in _grown)
        {
            if (_packings == 0 || !Suffices(_places[domain], _gpus[domain]))
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
        var (places, gpus) = (new int[Tree.Count], new int[Tree.Count]);
        foreach (var node in _usable)
        {
            var fit = Accepts(_first, node) ? NodeForecast.PlacesWhenEmpty(_state.Nodes, node, _first.Shape, _first.Members) : 0;
            var free = BitOperations.PopCount(_state.Nodes.HealthyGpus(node));
            for (var domain = _state.Nodes.DomainOf(node); domain >= 0; domain = Tree.ParentOf(domain))
            {
                places[domain] += fit;
                gpus[domain] += free;
            }
        }
        for (var domain = 0; domain < places.Length; domain++)
        {
            if (Suffices(places[domain], gpus[domain]) && MayHold(domain))
                return true;
        }
        return false;
    }

    private (int Places, int Gpus) Count(NodeForecast node)
        => (Accepts(_first, node.Node) ? node.Places(_first.Shape, _first.Members) : 0, node.FreeGpus);

    private bool Suffices(int places, int gpus) => places >= _first.Members && gpus >= _gpusNeeded;

    private bool MayHold(int domain) => (_demand.Around < 0 || Tree.Contains(domain, _demand.Around)) && _demand.Topology switch
    {
        TopologyMode.None => domain == TopologyTree.Root,
        TopologyMode.Soft => true,
        _ => domain != TopologyTree.Root && Tree.TierOf(domain) <= _demand.HighestTier,
    };
}
