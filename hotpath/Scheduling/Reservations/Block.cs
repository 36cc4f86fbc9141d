namespace Pipeline.Scheduling.Reservations;

/// <summary>Whose a block is.</summary>
internal enum BlockKind : byte
{
    Reservation = 0,
    WorkloadHold = 1,
    GangHold = 2,
}

/// <summary>A time, from <paramref name="Start"/> to before <paramref name="End"/> (Unix milliseconds), in which a node is somebody's own.</summary>
/// <param name="Owner">Reservation, workload or gang id.</param>
/// <param name="Project">Of a reservation.</param>
internal readonly record struct Block(long Start, long End, ulong Owner, int Project, BlockKind Kind)
{
    public bool IsReservation => Kind == BlockKind.Reservation;

    public bool Overlaps(long start, long end) => Start < end && start < End;

    public bool IsHoldOf(JobKey job) => Owner == job.Id && Kind == (job.IsGang ? BlockKind.GangHold : BlockKind.WorkloadHold);
}
