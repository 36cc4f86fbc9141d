namespace Pipeline.Scheduling.Placement;

/// <summary>
/// Nodes of one class are alike to the rule, which takes the lowest index among them. A class is a level and a stranding; a level is
/// a number of free whole GPUs (or the size of the largest part of a GPU) and whether the machine group is sought.
/// </summary>
internal static class NodeClass
{
    public const ushort None = ushort.MaxValue;
    public const int Levels = 2 * (Model.NodeTable.MaxGpus + 1);

    /// <summary>Levels of the groups that nobody seeks, and of those that are sought.</summary>
    public const ulong Unsought = 0x5555_5555_5555_5555;
    public const ulong Sought = ~Unsought;

    // Coarser steps waste parts of GPUs; finer ones make more classes than tell anything apart.
    private const int PartShift = 6;

    public static int PartStep(int milli) => milli >> PartShift;

    public static int LevelOf(int size) => size << 1;

    public static ushort Of(int size, bool sought, int stranding)
        => (ushort)(((LevelOf(size) | (sought ? 1 : 0)) << Stranding.Bits) | stranding);

    /// <summary>The class of a node among those of GPUs in part used.</summary>
    /// <param name="share">Milli-GPU left on its least used such GPU; 0 when there is none.</param>
    public static ushort OfPart(int share, ushort wholeClass)
        => share == 0 || wholeClass == None
            ? None
            : Of(PartStep(share), (LevelOfClass(wholeClass) & 1) != 0, StrandingOfClass(wholeClass));

    public static int LevelOfClass(ushort nodeClass) => nodeClass >> Stranding.Bits;

    public static int StrandingOfClass(ushort nodeClass) => nodeClass & Stranding.Max;
}
