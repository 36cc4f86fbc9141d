namespace Pipeline.TestControlPlane;

internal enum PodStep
{
    Run,
    Reject,
    Delete,
}

/// <param name="Pod">As it was last seen.</param>
/// <param name="Step">What its kubelet does with it.</param>
/// <param name="Shortage">Why it is rejected; null for the other steps.</param>
internal sealed record PodAction(Pod Pod, PodStep Step, Shortage? Shortage = null);

/// <summary>
/// What all kubelets know, and what they do next. Every observation gives the actions that follow from it, each once; those of a node
/// that has stopped are not carried out, and are given again when it is resumed.
/// </summary>
internal sealed class PodTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Node> _nodes = [];
    private readonly Dictionary<string, Entry> _pods = [];

    /// <summary>Pods may have been bound to the node before.</summary>
    public List<PodAction> AddNode(string name, Resources capacity)
    {
        lock (_gate)
        {
            _nodes.Add(name, new Node(capacity));
            return StepsOn(name);
        }
    }

    public bool IsStopped(string node)
    {
        lock (_gate)
            return !_nodes.TryGetValue(node, out var known) || known.Stopped;
    }

    public void Stop(string node)
    {
        lock (_gate)
            _nodes[node].Stopped = true;
    }

    public List<PodAction> Resume(string node)
    {
        lock (_gate)
        {
            _nodes[node].Stopped = false;
            foreach (var entry in _pods.Values.Where(entry => entry.Pod.Node == node))
                entry.Last = null;
            return StepsOn(node);
        }
    }

    /// <summary>A pod is new or has changed.</summary>
    public List<PodAction> Observe(Pod pod)
    {
        lock (_gate)
            return Enter(pod) is { } action ? [action] : [];
    }

    /// <summary>These are all that there are.</summary>
    public List<PodAction> Replace(IReadOnlyList<Pod> pods)
    {
        lock (_gate)
        {
            foreach (var gone in _pods.Keys.Except(pods.Select(pod => pod.Uid)).ToList())
                Drop(gone);
            return [.. pods.Select(Enter).OfType<PodAction>()];
        }
    }

    public void Remove(string uid)
    {
        lock (_gate)
            Drop(uid);
    }

    private PodAction? Enter(Pod pod)
    {
        if (_pods.TryGetValue(pod.Uid, out var entry))
            entry.Pod = pod;
        else
            _pods.Add(pod.Uid, entry = new Entry(pod));
        return Next(entry);
    }

    private List<PodAction> StepsOn(string node) => [.. _pods.Values.Where(entry => entry.Pod.Node == node).Select(Next).OfType<PodAction>()];

    /// <summary>The step that is due and was not given out yet.</summary>
    private PodAction? Next(Entry entry)
    {
        var pod = entry.Pod;
        if (!_nodes.TryGetValue(pod.Node, out var node))
            return null;
        if (pod.IsDone)
            Release(entry);

        Shortage? shortage = null;
        if (!pod.IsDone && !entry.Admitted && !pod.IsDeleted && entry.Last is null)
        {
            // A pod that runs was admitted by whoever made it run.
            shortage = pod.IsPending ? node.Capacity.ShortageOf(pod.Request, node.Used) : null;
            if (shortage is null)
            {
                entry.Admitted = true;
                node.Used += pod.Request;
            }
        }

        PodStep? due = pod switch
        {
            { IsDeleted: true } => PodStep.Delete,
            { IsPending: true } when entry.Admitted => PodStep.Run,
            { IsPending: true } => PodStep.Reject,
            _ => null,
        };
        if (due is not { } step || entry.Last >= step)
            return null;
        entry.Last = step;
        return new PodAction(pod, step, shortage);
    }

    private void Drop(string uid)
    {
        if (_pods.Remove(uid, out var entry))
            Release(entry);
    }

    private void Release(Entry entry)
    {
        if (!entry.Admitted)
            return;
        entry.Admitted = false;
        _nodes[entry.Pod.Node].Used -= entry.Pod.Request;
    }

    private sealed class Node(Resources capacity)
    {
        public Resources Capacity { get; } = capacity;

        public Resources Used { get; set; }

        public bool Stopped { get; set; }
    }

    private sealed class Entry(Pod pod)
    {
        public Pod Pod { get; set; } = pod;

        /// <summary>It counts on its node.</summary>
        public bool Admitted { get; set; }

        /// <summary>The step that was given out last.</summary>
        public PodStep? Last { get; set; }
    }
}
