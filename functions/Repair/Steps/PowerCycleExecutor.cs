using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>Cuts the node's power and restores it.</summary>
public sealed class PowerCycleExecutor(INodeActions nodes, TimeProvider time) : NodeActionExecutor(nodes, time, NodeActionKind.PowerCycle)
{
    public override StepKind Kind => StepKind.PowerCycle;

    public override bool Repeatable => false;
}
