using Pipeline.Contracts.V1;
using Pipeline.Scheduling.Explain;
using NodeVerdict = Pipeline.Contracts.V1.NodeVerdict;

namespace Pipeline.Hotpath.Api.Nominations;

/// <summary>Why each of the nodes that were named will not do.</summary>
internal static class Verdicts
{
    /// <summary>The same for all of them.</summary>
    public static NominateReply All(NamedNodes nodes, NodeVerdict verdict, string detail)
    {
        var reply = new NominateReply { Detail = detail };
        reply.Verdicts.Capacity = nodes.Count;
        foreach (var index in nodes)
            reply.Verdicts.Add(index < 0 ? NodeVerdict.Unknown : verdict);
        return reply;
    }

    public static NominateReply Of(NamedNodes nodes, NodeVerdicts survey)
    {
        var reply = new NominateReply();
        reply.Verdicts.Capacity = nodes.Count;
        foreach (var index in nodes)
            reply.Verdicts.Add((uint)index < (uint)survey.ByNode.Length ? ToContract(survey.ByNode[index]) : NodeVerdict.Unknown);
        return reply;
    }

    private static NodeVerdict ToContract(Scheduling.Explain.NodeVerdict verdict) => verdict switch
    {
        // It has left since the names were read.
        { Reason: ReasonCode.None } => NodeVerdict.Unknown,
        {
            Reason: ReasonCode.BadGpus or ReasonCode.TooFewGpus or ReasonCode.TooLittleCpu or ReasonCode.TooLittleMemory or ReasonCode.TooManyWorkloads,
            Curable: false
        } => NodeVerdict.TooSmall,
        { Reason: ReasonCode.TooManyWorkloads } => NodeVerdict.TooManyWorkloads,
        // These codes have the numbers of the engine's.
        _ => (NodeVerdict)verdict.Reason,
    };
}
