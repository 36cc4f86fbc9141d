using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Tests.Api;

/// <summary>A cluster in memory; tokens are plain offsets.</summary>
internal sealed class FakeCluster : IClusterApi
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Node> _nodes = [];
    private readonly List<Workload> _workloads = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _sequence = 1;

    public TaskCompletionSource Unwatched { get; } = NewSignal();

    /// <summary>Thrown by every read while set.</summary>
    public Exception? Failure { get; set; }

    public static Node Node(string name, NodeHealth health = NodeHealth.Healthy, params int[] used) => new()
    {
        Name = name,
        Health = health,
        GpuUsed = { used.Length > 0 ? used : [0, 0] },
        CpuMilliFree = 3000,
        CpuMilliTotal = 4000,
        MemoryMibFree = 1024,
        MemoryMibTotal = 2048,
        WorkloadCount = 2,
        MaxWorkloads = 110,
        Group = "h100",
        TopologyLeaf = 3,
    };

    public FakeCluster Put(params Node[] nodes)
    {
        lock (_lock)
        {
            foreach (var node in nodes)
                _nodes[node.Name] = node;
        }

        Changed();
        return this;
    }

    /// <summary>As a cluster whose journal cannot commit changes: the sequence stands still.</summary>
    public void PutUncounted(Node node)
    {
        lock (_lock)
            _nodes[node.Name] = node;
    }

    public void Remove(string name)
    {
        lock (_lock)
            _nodes.Remove(name);
        Changed();
    }

    public void Put(Workload workload)
    {
        lock (_lock)
            _workloads.Add(workload);
        Changed();
    }

    public void Changed()
    {
        lock (_lock)
        {
            _sequence++;
            var changed = _changed;
            _changed = NewSignal();
            changed.SetResult();
        }
    }

    public Task<ListNodesReply> ListNodesAsync(ListNodesRequest request, CancellationToken cancellation = default)
    {
        if (Failure is { } failure)
            throw failure;
        lock (_lock)
        {
            var reply = new ListNodesReply { Sequence = _sequence };
            reply.Continue = Pages.Take(_nodes.Values, request.Limit, request.Continue, reply.Nodes);
            return Task.FromResult(reply);
        }
    }

    public Task<GetNodeReply> GetNodeAsync(GetNodeRequest request, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            var reply = new GetNodeReply { Node = _nodes.GetValueOrDefault(request.Name) };
            reply.Workloads.AddRange(_workloads.Where(workload => workload.Node == request.Name));
            return Task.FromResult(reply);
        }
    }

    public Task<ListWorkloadsReply> ListWorkloadsAsync(ListWorkloadsRequest request, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            var reply = new ListWorkloadsReply();
            reply.Continue = Pages.Take(_workloads, request.Limit, request.Continue, reply.Workloads);
            return Task.FromResult(reply);
        }
    }

    public async Task<long> WaitForChangeAsync(long afterSequence, CancellationToken cancellation = default)
    {
        try
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    if (_sequence > afterSequence)
                        return _sequence;
                    changed = _changed.Task;
                }

                await changed.WaitAsync(cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            Unwatched.TrySetResult();
            throw;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
