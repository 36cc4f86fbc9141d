using Pipeline.Scheduling.Explain;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>Why a job waits or is where it is: the engine's codes, with a sentence to each.</summary>
internal static class ExplanationContract
{
    // An event holds 1,024 bytes.
    private const int MostRemedies = 3;

    public static V1.Explanation ToContract(this Explanation explanation)
    {
        var message = new V1.Explanation { State = explanation.IsPending ? "pending" : "placed", Position = explanation.Position };
        foreach (var reason in explanation.Reasons)
            message.Reasons.Add(new V1.ReasonCount { Code = reason.Code.ToName(), Nodes = reason.Nodes, Detail = DetailOf(reason) });
        foreach (var remedy in explanation.Remedies)
            message.Remedies.Add(new V1.Remedy { Code = remedy.Code.ToName(), Amount = remedy.Amount, Subject = remedy.Subject, Detail = DetailOf(remedy) });
        foreach (var seat in explanation.Seats)
            message.Seats.Add(new V1.Seat { Workload = seat.Workload, Node = seat.Node, GpuMask = seat.Gpus });
        foreach (var fact in explanation.Facts)
        {
            message.Because.Add(fact.Text);
            message.BecauseCodes.Add(fact.Code.ToName());
        }

        return message;
    }

    /// <summary>As kube-scheduler says it, for those who read it where they are used to.</summary>
    public static string ToSentence(this Explanation explanation, int nodes)
    {
        var reasons = explanation.Reasons.Select(reason => reason.Nodes > 0 ? $"{reason.Nodes} {DetailOf(reason)}" : DetailOf(reason));
        var remedies = explanation.Remedies.Select(remedy => DetailOf(remedy)).Where(detail => detail.Length > 0).Take(MostRemedies).ToList();
        var sentence = $"0/{nodes} nodes are available: {string.Join(", ", reasons)}.";
        return remedies.Count == 0 ? sentence : $"{sentence} It would run if you {string.Join(", or ", remedies)}.";
    }

    /// <summary>TOO_FEW_GPUS for TooFewGpus.</summary>
    public static string ToName<T>(this T code)
        where T : struct, Enum
        => FieldNames.Snake(code.ToString()).ToUpperInvariant();

    private static string DetailOf(in ReasonCount reason) => reason.Code switch
    {
        ReasonCode.Quarantined => "out of scheduling by a repair",
        ReasonCode.Cordoned => "cordoned by somebody else",
        ReasonCode.Unreachable => "not reachable",
        ReasonCode.WrongGroup => "of a machine group that will not do",
        ReasonCode.NotSelected => "not among those that it asks for by selector, affinity, toleration or device",
        ReasonCode.OverQuota => $"the project lacks {reason.Amount} milli-GPU of quota{In(reason.Subject)}",
        ReasonCode.HeldForReservation => "kept for a reservation, or for a job that has waited longer",
        ReasonCode.BadGpus => "would have room if none of its GPUs were bad",
        ReasonCode.TooFewGpus => "too few free GPUs",
        ReasonCode.TooLittleCpu => "too little CPU",
        ReasonCode.TooLittleMemory => "too little memory",
        ReasonCode.HasRoom => "has room: the job waits for its turn, or for others of its gang",
        ReasonCode.DomainTooSmall => reason.Subject.Length > 0
            ? $"no network domain of the allowed tiers holds the gang; '{reason.Subject}' lacks {reason.Amount} nodes"
            : $"no network domain of the allowed tiers is there for the gang, which needs {reason.Amount} nodes more",
        ReasonCode.TooManyWorkloads => "too many pods",
        ReasonCode.TooFewNodes => $"members of the gang may not share a node, and {reason.Amount} nodes with room are lacking{InDomain(reason.Subject)}",
        _ => "",
    };

    private static string DetailOf(in Remedy remedy) => remedy.Code switch
    {
        RemedyCode.RaiseQuota => $"raise the project's quota{In(remedy.Subject)} by {remedy.Amount} milli-GPU",
        RemedyCode.AcceptGroup => $"accept machine group '{remedy.Subject}'",
        RemedyCode.AllowTier => $"allow network domains up to tier {remedy.Amount}",
        RemedyCode.FewerMembers => $"be content with {remedy.Amount} members",
        RemedyCode.LessCpu => $"ask for {remedy.Amount} thousandths of a core",
        RemedyCode.LessMemory => $"ask for {remedy.Amount} MiB of memory",
        RemedyCode.FewerGpus => $"ask for {remedy.Amount} GPUs",
        RemedyCode.AsSpot => "run as spot, which needs no quota",
        RemedyCode.ReturnNode => $"give node '{remedy.Subject}' back to scheduling",
        RemedyCode.FreeNode => $"let {remedy.Workloads.Length} workloads of node '{remedy.Subject}' go: {string.Join(", ", remedy.Workloads)}",
        _ => "",
    };

    private static string InDomain(string domain) => domain.Length > 0 ? $" in '{domain}', which has the most" : "";

    private static string In(string group) => group.Length > 0 ? $" in machine group '{group}'" : "";
}
