using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>
/// One part of a checkpoint image: a page of a table, a run, an episode. Parts are immutable, so a part whose
/// <see cref="Identity"/> is the same object as at the last checkpoint need not be written again.
/// </summary>
public abstract class ImagePart
{
    /// <summary>Table in the top byte (<see cref="ImageTable"/>), index in it below.</summary>
    public abstract ulong Key { get; }

    /// <summary>Replaced by another object whenever the content changes.</summary>
    public abstract object Identity { get; }

    public abstract void Write(ref CommandWriter writer);

    public static ulong KeyOf(ImageTable table, long index) => ((ulong)table << 56) | (ulong)index;

    public static ImageTable TableOf(ulong key) => (ImageTable)(key >> 56);

    public static long IndexOf(ulong key) => (long)(key & 0x00FF_FFFF_FFFF_FFFF);
}

/// <summary>Tables of the checkpoint image; never renumbered.</summary>
public enum ImageTable : byte
{
    Meta = 1,
    NodePage = 2,
    WorkloadPage = 3,
    MachineGroups = 4,
    Policy = 5,
    RepairMeta = 6,
    LiveRun = 7,
    EndedRun = 8,
    Episode = 9,
    AlertRecord = 10,
    NodeHistory = 11,
    Tenancy = 12,
    MeterPage = 13,
    SetPage = 14,
    PendingPage = 15,
    Topology = 16,
    Budgets = 17,
    ReservationCounters = 18,
    Reservation = 19,
    Hold = 20,
    DemandMix = 21,
    Departures = 22,
    Selection = 23,
}
