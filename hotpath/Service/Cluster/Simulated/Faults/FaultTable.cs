using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated.Hardware;

namespace Pipeline.Hotpath.Cluster.Simulated.Faults;

/// <summary>
/// Every kind of fault. What mends which part stands with the part (<see cref="GpuPart"/>, <see cref="NodeHardware"/>); the meaning of
/// the XIDs is NVIDIA's (XID catalog, docs.nvidia.com/deploy/xid-errors).
/// </summary>
internal static class FaultTable
{
    private const string Critical = "critical";
    private const string Warning = "warning";

    private static readonly FaultKind[] Rows =
    [
        Xid(13, "XID 13: graphics exception (application)", Warning, GpuDefects.None),
        Xid(31, "XID 31: memory page fault (application)", Warning, GpuDefects.None),
        Xid(48, "XID 48: double-bit memory error", Critical, GpuDefects.UncorrectableEcc),
        Xid(63, "XID 63: row remap pending", Warning, GpuDefects.RowRemapPending),
        Xid(64, "XID 64: row remap failed", Critical, GpuDefects.RowRemapFailed),
        Xid(74, "XID 74: NVLink error", Critical, GpuDefects.NvlinkDown),
        Xid(79, "XID 79: GPU fell off the bus", Critical, GpuDefects.OffBus),
        Xid(95, "XID 95: uncontained memory error", Critical, GpuDefects.UncorrectableEcc | GpuDefects.ContextWedged),
        Xid(109, "XID 109: context switch timeout", Critical, GpuDefects.ContextWedged),
        Xid(119, "XID 119: GSP timeout", Critical, GpuDefects.GspHung),
        Gpu("xid154", "XID 154: node reboot required", GpuDefects.RebootRequired, new FaultAlert("GpuXidCritical", Critical, 154,
            ("err_msg", "GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)"))),
        Gpu("deadGpu", "Dead GPU (XID 79, never mends)", GpuDefects.OffBus | GpuDefects.Dead,
            new FaultAlert("GpuXidCritical", Critical, 79)),
        Gpu("thermal", "GPU too hot under load", GpuDefects.Overheated, new FaultAlert("GpuThermal", Critical)),
        Gpu("pcie", "PCIe link lost width", GpuDefects.LinkNarrow, new FaultAlert("PcieLinkDegraded", Warning)),
        Gpu("pcieSlot", "PCIe slot stuck (needs power cycle)", GpuDefects.SlotStuck, new FaultAlert("PcieLinkDegraded", Warning)),
        Node("driverHung", "GPU driver hung", new FaultAlert("GpuDriverHung", Critical), hardware => hardware.DriverHung = true),
        Node("fanFailed", "Fans stopped (needs power cycle)", new FaultAlert("GpuThermal", Critical),
            hardware => hardware.FanFailed = true),
        Node("infiniband", "InfiniBand port down", new FaultAlert("InfinibandPortDown", Critical, 0, ("device", "mlx5_0"), ("port", "1")),
            hardware => hardware.Ports[0] = InfinibandPort.Down),
        Node("nodeUnreachable", "Kernel panic", new FaultAlert("NodeUnreachable", Critical), hardware =>
        {
            if (hardware.Kernel == KernelState.Running)
                hardware.Kernel = KernelState.Down;
        }),
        Gpu("gpuResetStuck", "Next GPU resets fail (silent)", GpuDefects.ResetBroken, alert: null),
        Node("rebootStuck", "Next reboot does not come back (silent)", alert: null, hardware => hardware.RebootSticks = true),
        Node("replaceHardware", "Technician replaces the hardware", alert: null, hardware => hardware.Replace()) with { StopsNode = true },
    ];

    private static readonly Dictionary<string, FaultKind> ByName = Rows.ToDictionary(row => row.Name, StringComparer.Ordinal);

    public static IReadOnlyList<SimulatedFaultKind> Kinds { get; } = [.. Rows.Select(row => row.Kind)];

    public static FaultKind? Find(string name) => ByName.GetValueOrDefault(name);

    private static FaultKind Xid(int xid, string title, string severity, GpuDefects defects)
        => Gpu($"xid{xid}", title, defects, new FaultAlert(severity == Critical ? "GpuXidCritical" : "GpuXidWarning", severity, xid));

    private static FaultKind Gpu(string name, string title, GpuDefects defects, FaultAlert? alert)
        => new(new SimulatedFaultKind(name, title, NeedsGpu: true), alert, (hardware, gpu) =>
        {
            ref var part = ref hardware.Gpus[gpu];
            part.Defects |= defects;
            if ((defects & GpuDefects.Overheated) != 0)
                part.IdleSince = null;
        });

    private static FaultKind Node(string name, string title, FaultAlert? alert, Action<NodeHardware> breakPart)
        => new(new SimulatedFaultKind(name, title, NeedsGpu: false), alert, (hardware, _) => breakPart(hardware));
}
