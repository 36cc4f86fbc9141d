using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Commands;

/// <summary>A question about a workload and the nodes on which it may be. It changes nothing.</summary>
public abstract class CandidatesCommand : Command
{
    public required Shape Shape { get; init; }

    public required WorkloadTraits Traits { get; init; }

    public required NodeSet Candidates { get; init; }

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        Shape.Write(ref writer);
        Traits.Write(ref writer);
        Candidates.Write(ref writer);
    }
}

/// <summary>
/// Asks of each candidate why a workload cannot go there; answers with <see cref="Explain.NodeVerdicts"/>. It goes through the loop because
/// the answer is that of the index, which snapshots do not hold.
/// </summary>
public sealed class SurveyCommand : CandidatesCommand
{
    public override CommandKind Kind => CommandKind.Survey;

    internal static SurveyCommand Read(ref CommandReader reader)
        => new() { Shape = Shape.Read(ref reader), Traits = WorkloadTraits.Read(ref reader), Candidates = NodeSet.Read(ref reader) };
}

/// <summary>
/// Asks who would have to go so that a workload fits on one of the candidates; answers with a <see cref="Preemption.Nomination"/>: whoever
/// asks evicts them.
/// </summary>
public sealed class PlanEvictionsCommand : CandidatesCommand
{
    public override CommandKind Kind => CommandKind.PlanEvictions;

    internal static PlanEvictionsCommand Read(ref CommandReader reader)
        => new() { Shape = Shape.Read(ref reader), Traits = WorkloadTraits.Read(ref reader), Candidates = NodeSet.Read(ref reader) };
}

/// <summary>Asks where a workload is; answers with a <see cref="WorkloadPlace"/> and changes nothing. A snapshot has no workloads by id.</summary>
public sealed class LocateCommand : Command
{
    public ulong Workload { get; init; }

    public override CommandKind Kind => CommandKind.Locate;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer) => writer.UInt64(Workload);

    internal static LocateCommand Read(ref CommandReader reader) => new() { Workload = reader.UInt64() };
}

/// <param name="Node">Name of the node.</param>
/// <param name="Assumed">The cluster has not bound it yet.</param>
/// <param name="Nominated">Others have yet to leave the place.</param>
public sealed record WorkloadPlace(string Node, bool Assumed, bool Nominated);
