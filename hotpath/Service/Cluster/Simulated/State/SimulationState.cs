using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated.Storage;

namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>
/// Everything the simulated cluster holds. It changes by <see cref="Apply"/> alone, in the same way when a change happens and when it
/// is read back from the file.
/// </summary>
internal sealed partial class SimulationState
{
    /// <summary>Actions remembered per node; the oldest are forgotten first.</summary>
    public const int ActionsPerNode = 256;

    private readonly SimulatedClusterOptions _options;
    private readonly Dictionary<string, SimulatedNode> _byName;
    private readonly Dictionary<ulong, SimulatedWorkload> _workloads = [];
    private readonly Dictionary<string, ExecutedAction> _actions = new(StringComparer.Ordinal);

    public SimulationState(SimulatedClusterOptions options)
    {
        _options = options;
        Nodes = new SimulatedNode[options.Nodes];
        _byName = new Dictionary<string, SimulatedNode>(options.Nodes, StringComparer.Ordinal);
        for (var index = 0; index < Nodes.Length; index++)
        {
            Nodes[index] = new SimulatedNode(index, Nodes.Length);
            _byName.Add(Nodes[index].Name, Nodes[index]);
        }
    }

    public SimulatedNode[] Nodes { get; }

    public DueQueue Due { get; } = new();

    /// <summary>Where events go; null while the file is read back, when nobody watches.</summary>
    public EventRing? Events { get; set; }

    /// <summary>Workloads that a reset or a boot took down, and not an eviction.</summary>
    public long WorkloadsKilled { get; private set; }

    public ulong NextWorkload { get; private set; } = 1;

    /// <summary>Time of the last change.</summary>
    public DateTimeOffset ChangedAt { get; private set; } = DateTimeOffset.UnixEpoch;

    public IEnumerable<SimulatedWorkload> Workloads => _workloads.Values.OrderBy(workload => workload.Id);

    public SimulatedNode? FindNode(string name) => _byName.GetValueOrDefault(name);

    public SimulatedWorkload? FindWorkload(ulong id) => _workloads.GetValueOrDefault(id);

    public ExecutedAction? FindAction(string key) => _actions.GetValueOrDefault(key);

    public void Apply(Change change)
    {
        ChangedAt = change.At > ChangedAt ? change.At : ChangedAt;
        switch (change)
        {
            case Created created:
                Create(created);
                break;
            case PartBroken broken:
                BreakPart(broken);
                break;
            case ActionStarted started:
                StartAction(started);
                break;
            case ActionFinished finished:
                FinishAction(finished);
                break;
            case Marked marked:
                ChangeCordon(Node(marked.Mark.Node), node => node.Mark = marked.Mark);
                break;
            case Unmarked unmarked:
                ChangeCordon(Node(unmarked.Node), node => node.Mark = null);
                break;
            case ForeignCordonSet cordon:
                ChangeCordon(Node(cordon.Node), node => node.ForeignCordon = cordon.Cordoned);
                break;
            case Bound bound:
                Workload(bound.Id).Bind(Node(bound.Node), bound.GpuMask);
                TellLoad(Node(bound.Node), bound.At);
                break;
            case EvictionBlocked blocked:
                Workload(blocked.Id).BlockedUntil = blocked.Until;
                break;
            case EvictionAccepted accepted:
                Workload(accepted.Id).TerminatesAt = accepted.EndsAt;
                Due.Add(new Due(DueKind.TerminationEnds, accepted.Id, accepted.EndsAt));
                break;
            case WorkloadEnded ended:
                End(Workload(ended.Id), ended.Finished, ended.At);
                break;
            default:
                ApplyImage(change);
                break;
        }
    }

    private void ChangeCordon(SimulatedNode node, Action<SimulatedNode> change)
    {
        var owner = node.CordonOwner;
        change(node);
        if (node.CordonOwner != owner)
            PublishNode(node);
    }

    private void PublishNode(SimulatedNode node) => Events?.Publish(new ClusterEvent.NodeChanged(node.ToContract()));

    private void TellLoad(SimulatedNode node, DateTimeOffset at)
        => Hardware.Thermals.Load(node.Hardware, node.BusyMask(), at, _options.Speed);

    private SimulatedNode Node(string name)
        => FindNode(name) ?? throw new InvalidDataException($"The simulation's file names the node '{name}', which does not exist.");

    private SimulatedWorkload Workload(ulong id)
        => FindWorkload(id) ?? throw new InvalidDataException($"The simulation's file names the workload {id}, which does not exist.");
}
