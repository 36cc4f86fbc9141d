using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>Resets the faulty GPUs, or all when the fault names none.</summary>
public sealed class GpuResetExecutor(INodeActions nodes, TimeProvider time) : NodeActionExecutor(nodes, time, NodeActionKind.GpuReset)
{
    public override StepKind Kind => StepKind.GpuReset;

    public override bool Repeatable => true;

    protected override uint MaskOf(StepContext step) => step.GpuMask;
}
