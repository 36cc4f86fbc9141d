using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>Reloads the GPU driver of the node.</summary>
public sealed class DriverResetExecutor(INodeActions nodes, TimeProvider time) : NodeActionExecutor(nodes, time, NodeActionKind.DriverReset)
{
    public override StepKind Kind => StepKind.DriverReset;

    public override bool Repeatable => true;
}
