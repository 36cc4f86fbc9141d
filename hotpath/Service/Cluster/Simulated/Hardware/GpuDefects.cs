namespace Pipeline.Hotpath.Cluster.Simulated.Hardware;

/// <summary>What can be wrong with one GPU and its PCIe link.</summary>
[Flags]
internal enum GpuDefects
{
    None = 0,

    /// <summary>The PCIe device is gone (XID 79).</summary>
    OffBus = 1,

    /// <summary>The silicon is broken: it never returns to the bus until a technician replaces it.</summary>
    Dead = 2,

    /// <summary>Uncorrectable memory error (XID 48, 95).</summary>
    UncorrectableEcc = 4,

    /// <summary>A row remap is recorded and takes effect at the next reset (XID 63).</summary>
    RowRemapPending = 8,

    /// <summary>A row could not be remapped (XID 64).</summary>
    RowRemapFailed = 16,

    /// <summary>A context does not switch any more (XID 109).</summary>
    ContextWedged = 32,

    /// <summary>An NVLink went down (XID 74).</summary>
    NvlinkDown = 64,

    /// <summary>The GPU's system processor does not answer (XID 119).</summary>
    GspHung = 128,

    /// <summary>The driver demands a node reboot (XID 154).</summary>
    RebootRequired = 256,

    /// <summary>The PCIe link trained at a lower width; the next boot trains it again.</summary>
    LinkNarrow = 512,

    /// <summary>The PCIe slot's retimer is stuck; only a loss of power clears it.</summary>
    SlotStuck = 1024,

    /// <summary>Nothing is wrong to see, but a GPU reset does not come back.</summary>
    ResetBroken = 2048,

    /// <summary>Too hot until it has been idle for a while.</summary>
    Overheated = 4096,
}
