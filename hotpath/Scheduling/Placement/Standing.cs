namespace Pipeline.Scheduling.Placement;

/// <summary>All that the placement rule looks at in a node.</summary>
/// <param name="Free">Free whole GPUs, or -1 when the node is not in scheduling.</param>
/// <param name="Stranding">See <see cref="Placement.Stranding"/>.</param>
/// <param name="Sought">The node's machine group is asked for by name about as much as it can take (<see cref="DemandMix"/>).</param>
internal readonly record struct Standing(int Free, int Stranding, bool Sought, Headroom Room)
{
    public static readonly Standing Out = new(-1, 0, false, default);

    /// <summary>The class among those of whole GPUs.</summary>
    public ushort WholeClass => Free < 0 ? NodeClass.None : NodeClass.Of(Free, Sought, Stranding);

    /// <summary>The class among those of GPUs in part used.</summary>
    public ushort PartClass => NodeClass.OfPart(Room.Share, WholeClass);
}
