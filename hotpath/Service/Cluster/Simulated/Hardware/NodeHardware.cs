using System.Text.Json.Serialization;
using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Simulated.Hardware;

/// <summary>The parts of one node, and what each action does to them.</summary>
internal sealed class NodeHardware
{
    public const int GpuCount = 8;
    public const uint AllGpus = (1u << GpuCount) - 1;

    public KernelState Kernel { get; set; }

    public bool DriverHung { get; set; }

    /// <summary>The fan controller is stuck; it starts again when power returns.</summary>
    public bool FanFailed { get; set; }

    /// <summary>The next reboot does not come back.</summary>
    public bool RebootSticks { get; set; }

    public GpuPart[] Gpus { get; set; } = new GpuPart[GpuCount];

    public InfinibandPort[] Ports { get; set; } = [InfinibandPort.Active, InfinibandPort.Active];

    [JsonIgnore]
    public bool Reachable => Kernel == KernelState.Running;

    /// <summary>Whether nothing tells it from a new node.</summary>
    [JsonIgnore]
    public bool Pristine => Kernel == KernelState.Running && !DriverHung && !FanFailed && !RebootSticks
        && Array.TrueForAll(Gpus, gpu => gpu.Defects == GpuDefects.None) && Array.TrueForAll(Ports, port => port.Healthy);

    public static bool Boots(NodeActionKind action) => action is NodeActionKind.Reboot or NodeActionKind.PowerCycle;

    /// <summary>Why the action would fail with the parts as they are, or null when it would succeed.</summary>
    public string? ReasonToFail(NodeActionKind action, uint gpuMask)
    {
        if (action == NodeActionKind.PowerCycle)
            return null;
        if (action == NodeActionKind.Reboot)
            return RebootSticks ? "The node did not come back from the reboot." : null;
        if (!Reachable)
            return "The node does not answer.";
        return action == NodeActionKind.GpuReset ? ReasonToFailReset(gpuMask) : null;
    }

    /// <summary>Does to the parts what the action does, as far as it gets.</summary>
    public void Undergo(NodeActionKind action, uint gpuMask)
    {
        if (action == NodeActionKind.Reboot && RebootSticks)
        {
            Kernel = KernelState.Down;
            return;
        }

        if (Boots(action))
            Kernel = KernelState.Running;
        else if (!Reachable || (action == NodeActionKind.GpuReset && DriverHung))
            return;

        var gpus = action == NodeActionKind.GpuReset && gpuMask != 0 ? gpuMask : AllGpus;
        for (var gpu = 0; gpu < GpuCount; gpu++)
        {
            if ((gpus >> gpu & 1) != 0)
                Gpus[gpu].Undergo(action);
        }

        if (action == NodeActionKind.GpuReset)
            return;
        DriverHung = false;
        Array.Fill(Ports, InfinibandPort.Active);
        if (action == NodeActionKind.PowerCycle)
        {
            FanFailed = false;
            RebootSticks = false;
        }
    }

    /// <summary>A technician replaces everything. A boot that is under way goes on.</summary>
    public void Replace()
    {
        Kernel = Kernel == KernelState.Booting ? KernelState.Booting : KernelState.Running;
        DriverHung = FanFailed = RebootSticks = false;
        Array.Clear(Gpus);
        Array.Fill(Ports, InfinibandPort.Active);
    }

    private string? ReasonToFailReset(uint gpuMask)
    {
        if (DriverHung)
            return "The driver does not answer.";
        for (var gpu = 0; gpu < GpuCount; gpu++)
        {
            if ((gpuMask != 0 && (gpuMask >> gpu & 1) == 0) || Gpus[gpu].CanReset())
                continue;
            if (Gpus[gpu].Has(GpuDefects.OffBus))
                return $"GPU {gpu} is not on the bus, so it cannot be reset.";
            return Gpus[gpu].Has(GpuDefects.RebootRequired)
                ? $"GPU {gpu} refuses the reset: it needs a node reboot."
                : $"GPU {gpu} did not come back from the reset.";
        }

        return null;
    }
}
