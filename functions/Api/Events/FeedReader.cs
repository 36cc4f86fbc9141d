using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api.Events;

/// <summary>Looks at nodes and runs through the public reads.</summary>
internal sealed class FeedReader(IClusterApi cluster, IRepairApi repair, EventFeedOptions options, TimeProvider time)
{
    public async Task<ClusterPicture> ReadAsync(ClusterPicture before, CancellationToken cancellation)
    {
        // Nodes first: their sequence is the older one, so what changes while runs are read wakes the feed again.
        var (nodes, sequence) = await NodesAsync(cancellation);
        var runs = new Dictionary<string, Run>();
        var more = await LiveRunsAsync(runs, cancellation);
        await EndedRunsAsync(runs, before, cancellation);
        await HoldersAsync(nodes, runs, before, cancellation);

        var live = new Dictionary<string, Run>();
        foreach (var run in runs.Values.Where(run => !run.Ended))
            live[run.Node] = run;
        var frames = nodes.ToDictionary(node => node.Name, node => NodeFrames.Of(node, live, runs));
        return new ClusterPicture(sequence, ApiTime.Iso(time.GetUtcNow()), frames, runs, more);
    }

    private async Task<(List<Node> Nodes, long Sequence)> NodesAsync(CancellationToken cancellation)
    {
        var nodes = new List<Node>();
        var seen = new HashSet<string>();
        var request = new ListNodesRequest { Limit = Page.MaxLimit };
        long? sequence = null;
        do
        {
            var reply = await cluster.ListNodesAsync(request, cancellation);
            sequence ??= reply.Sequence;
            nodes.AddRange(reply.Nodes.Where(node => seen.Add(node.Name)));
            request.Continue = reply.Continue;
        }
        while (request.Continue.Length > 0);

        return (nodes, sequence.Value);
    }

    private async Task<bool> LiveRunsAsync(Dictionary<string, Run> runs, CancellationToken cancellation)
    {
        var request = new ListRunsRequest { LiveOnly = true };
        do
        {
            request.Limit = Math.Min(Page.MaxLimit, options.MaxLiveRuns - runs.Count);
            var reply = await repair.ListRunsAsync(request, cancellation);
            foreach (var run in reply.Runs)
                runs[run.Id] = run;
            request.Continue = reply.Continue;
        }
        while (request.Continue.Length > 0 && runs.Count < options.MaxLiveRuns);

        return request.Continue.Length > 0;
    }

    /// <summary>The newest runs, and those that were live at the last look: an old run may end while newer ones fill the list.</summary>
    private async Task EndedRunsAsync(Dictionary<string, Run> runs, ClusterPicture before, CancellationToken cancellation)
    {
        var newest = await repair.ListRunsAsync(new ListRunsRequest { Limit = options.EndedRuns }, cancellation);
        foreach (var run in newest.Runs.Where(run => run.Ended))
            runs[run.Id] = run;
        foreach (var id in before.Runs.Values.Where(run => !run.Ended && !runs.ContainsKey(run.Id)).Select(run => run.Id))
            await AddAsync(id, runs, cancellation);
    }

    /// <summary>Ended runs that still hold a node (escalated ones); they change no more, so each is asked for once.</summary>
    private async Task HoldersAsync(List<Node> nodes, Dictionary<string, Run> runs, ClusterPicture before, CancellationToken cancellation)
    {
        foreach (var owner in nodes.Where(NodeFrames.HeldByRun).Select(node => node.CordonOwner).Where(id => !runs.ContainsKey(id)).ToHashSet())
        {
            if (before.Runs.TryGetValue(owner, out var known) && known.Ended)
                runs[owner] = known;
            else
                await AddAsync(owner, runs, cancellation);
        }
    }

    private async Task AddAsync(string id, Dictionary<string, Run> runs, CancellationToken cancellation)
    {
        var reply = await repair.GetRunAsync(new GetRunRequest { Id = id }, cancellation);
        if (reply.Run is { } run)
            runs[id] = run;
    }
}
