using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Simulated.Hardware;

/// <summary>Looks at every part of a node the way an agent on it could: what an unreachable node or a hung driver hides stays unseen.</summary>
internal static class HealthExam
{
    private static readonly (GpuDefects Defect, string Problem)[] Findings =
    [
        (GpuDefects.UncorrectableEcc, "uncorrectable memory error"),
        (GpuDefects.RowRemapPending, "row remap pending until a reset"),
        (GpuDefects.RowRemapFailed, "row remap failed"),
        (GpuDefects.ContextWedged, "context does not switch"),
        (GpuDefects.NvlinkDown, "NVLink down"),
        (GpuDefects.GspHung, "system processor (GSP) does not answer"),
        (GpuDefects.RebootRequired, "recovery action is Node Reboot Required"),
    ];

    /// <param name="busyMask">GPUs that have workloads.</param>
    /// <param name="speed">Seconds of cluster life in a second of the clock.</param>
    public static HealthReport Examine(NodeHardware hardware, uint busyMask, DateTimeOffset now, double speed)
    {
        var problems = new List<string>();
        if (!hardware.Reachable)
        {
            problems.Add(hardware.Kernel == KernelState.Booting ? "The node is unreachable: it is booting." : "The node is unreachable.");
            return new HealthReport(false, problems);
        }

        if (hardware.DriverHung)
            problems.Add("The GPU driver does not answer.");
        else
            ExamineGpus(hardware, problems);

        for (var gpu = 0; gpu < NodeHardware.GpuCount; gpu++)
        {
            var degrees = Thermals.Of(hardware, gpu, (busyMask >> gpu & 1) != 0, now, speed);
            if (degrees >= Thermals.Limit)
                problems.Add($"GPU {gpu}: {degrees:F0} °C, limit {Thermals.Limit:F0} °C.");
        }

        for (var port = 0; port < hardware.Ports.Length; port++)
        {
            var (state, physical) = hardware.Ports[port];
            if (!hardware.Ports[port].Healthy)
                problems.Add($"InfiniBand mlx5_{port} port 1: state {state}, physical state {physical}; expected 4 and 5.");
        }

        return new HealthReport(problems.Count == 0, problems);
    }

    private static void ExamineGpus(NodeHardware hardware, List<string> problems)
    {
        for (var gpu = 0; gpu < NodeHardware.GpuCount; gpu++)
        {
            ref readonly var part = ref hardware.Gpus[gpu];
            if (part.Has(GpuDefects.OffBus))
            {
                problems.Add($"GPU {gpu}: not on the bus.");
                continue;
            }

            foreach (var (defect, problem) in Findings)
            {
                if (part.Has(defect))
                    problems.Add($"GPU {gpu}: {problem}.");
            }

            if (part.LinkWidth() < GpuPart.FullLinkWidth)
                problems.Add($"GPU {gpu}: PCIe link x{part.LinkWidth()} gen {GpuPart.LinkGeneration}, expected x{GpuPart.FullLinkWidth}.");
        }
    }
}
