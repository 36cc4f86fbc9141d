namespace Pipeline.Hotpath.Cluster.Simulated.Hardware;

/// <summary>Whether an operating system runs; the node is reachable only while one does.</summary>
internal enum KernelState
{
    Running = 0,

    /// <summary>Panicked, or never came back from a boot.</summary>
    Down = 1,
    Booting = 2,
}
