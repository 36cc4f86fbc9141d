namespace Pipeline.Hotpath.Cluster.Simulated.Hardware;

/// <summary>An InfiniBand port, with the state numbers that node_exporter shows.</summary>
/// <param name="State">4 is active, 1 is down.</param>
/// <param name="PhysicalState">5 is link up, 3 is disabled.</param>
internal readonly record struct InfinibandPort(int State, int PhysicalState)
{
    public static InfinibandPort Active { get; } = new(4, 5);

    public static InfinibandPort Down { get; } = new(1, 3);

    public bool Healthy => this == Active;
}
