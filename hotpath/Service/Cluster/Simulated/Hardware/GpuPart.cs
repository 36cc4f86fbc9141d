using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Simulated.Hardware;

/// <summary>One GPU with its PCIe link.</summary>
internal struct GpuPart
{
    public const int FullLinkWidth = 16;
    public const int LinkGeneration = 5;
    private const int NarrowLinkWidth = 4;

    private const GpuDefects DriverResetMends = GpuDefects.ContextWedged;

    private const GpuDefects GpuResetMends = DriverResetMends | GpuDefects.UncorrectableEcc | GpuDefects.RowRemapPending
        | GpuDefects.RowRemapFailed | GpuDefects.NvlinkDown | GpuDefects.GspHung;

    private const GpuDefects RebootMends = GpuResetMends | GpuDefects.OffBus | GpuDefects.RebootRequired | GpuDefects.LinkNarrow
        | GpuDefects.ResetBroken;

    private const GpuDefects PowerCycleMends = RebootMends | GpuDefects.SlotStuck;

    private const GpuDefects RefusesReset = GpuDefects.OffBus | GpuDefects.RebootRequired | GpuDefects.ResetBroken;

    public GpuDefects Defects { get; set; }

    /// <summary>When an overheated GPU lost its last workload; null while it is loaded.</summary>
    public DateTimeOffset? IdleSince { get; set; }

    public readonly bool Has(GpuDefects defect) => (Defects & defect) != 0;

    public readonly int LinkWidth() => Has(GpuDefects.LinkNarrow | GpuDefects.SlotStuck) ? NarrowLinkWidth : FullLinkWidth;

    public readonly bool CanReset() => !Has(RefusesReset);

    /// <summary>Heat is not among what actions mend: only idle time and air take it away.</summary>
    public void Undergo(NodeActionKind action)
    {
        if (action == NodeActionKind.GpuReset && !CanReset())
            return;
        var mended = action switch
        {
            NodeActionKind.DriverReset => DriverResetMends,
            NodeActionKind.GpuReset => GpuResetMends,
            NodeActionKind.Reboot => RebootMends,
            _ => PowerCycleMends,
        };
        if (Has(GpuDefects.Dead))
            mended &= ~GpuDefects.OffBus;
        Defects &= ~mended;
    }
}
