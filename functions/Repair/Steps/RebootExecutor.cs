using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>Reboots the node through its operating system.</summary>
public sealed class RebootExecutor(INodeActions nodes, TimeProvider time) : NodeActionExecutor(nodes, time, NodeActionKind.Reboot)
{
    public override StepKind Kind => StepKind.Reboot;

    public override bool Repeatable => false;
}
