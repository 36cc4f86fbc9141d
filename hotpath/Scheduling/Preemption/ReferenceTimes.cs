namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// The times for which a column's entries are worked out: for every node one in each hour, and not the same for all, or once an hour one
/// decision would work out the whole cluster. They follow from the node index and the time alone.
/// </summary>
internal static class ReferenceTimes
{
    /// <summary>Seconds from one to the next.</summary>
    public const int Period = 3_600;

    /// <summary>Neighbours that have the same, a power of two: a gang that is on many of them is judged once for all.</summary>
    public const int Together = 256;

    // Prime to the period, and about the golden part of it: however few the blocks are, they lie apart.
    private const int Apart = 2_227;

    /// <summary>Where a second is in its period.</summary>
    public static int MomentOf(long second) => (int)(second % Period);

    /// <summary>Seconds by which the node is ahead of node 0.</summary>
    public static int LeadOf(int node) => (int)(node / (uint)Together * Apart % Period);

    /// <summary>Seconds until the node's next reference time, 1 to <see cref="Period"/>.</summary>
    public static int Left(int node, int moment)
    {
        var passed = moment + LeadOf(node);
        return Period - (passed < Period ? passed : passed - Period);
    }

    /// <summary>The node's first reference time after this second.</summary>
    public static long Next(int node, long second) => second + Left(node, MomentOf(second));

    /// <summary>Whether the node has a reference time after one second and not after the other, a later one.</summary>
    public static bool IsBetween(int node, long from, long to) => Next(node, from) <= to;
}
