using System.Diagnostics.Metrics;

namespace Pipeline.Hotpath.Extender;

/// <summary>Calls of the extender by verb and result, and how long they took from the first byte of the body to the answer's last.</summary>
internal sealed class ExtenderMetrics : IDisposable
{
    private readonly Meter _meter = new("Pipeline.Extender");
    private readonly Counter<long> _calls;
    private readonly Counter<long> _unknownNodes;
    private readonly Histogram<double> _seconds;

    public ExtenderMetrics()
    {
        _calls = _meter.CreateCounter<long>("pipeline_extender_calls_total", description: "Calls of kube-scheduler, by verb and result.");
        _unknownNodes = _meter.CreateCounter<long>(
            "pipeline_extender_unknown_nodes_total", description: "Nodes named by kube-scheduler that the model does not have.");
        _seconds = _meter.CreateHistogram<double>("pipeline_extender_seconds", "s", "Time of a call, by verb.");
    }

    public void Ended(string verb, ExtenderResult result, TimeSpan took)
    {
        _calls.Add(1, new("verb", verb), new("result", result.ToString()));
        _seconds.Record(took.TotalSeconds, new KeyValuePair<string, object?>("verb", verb));
    }

    public void UnknownNodes(int count)
    {
        if (count > 0)
            _unknownNodes.Add(count);
    }

    public void Dispose() => _meter.Dispose();
}

/// <summary>What a call came to.</summary>
internal enum ExtenderResult
{
    /// <summary>A node, victims, or a binding.</summary>
    Done,

    /// <summary>No node will do.</summary>
    None,

    /// <summary>The pod asks for nothing that is managed here.</summary>
    Untouched,

    /// <summary>The request is not what the contract says.</summary>
    BadRequest,

    /// <summary>The client has no certificate and needs one.</summary>
    Forbidden,

    /// <summary>It was refused, or nobody could decide it.</summary>
    Error,
}
