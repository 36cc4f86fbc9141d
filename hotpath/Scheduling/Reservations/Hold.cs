using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Queue;

namespace Pipeline.Scheduling.Reservations;

/// <summary>A job of the queue: workload ids and gang ids are apart.</summary>
internal readonly record struct JobKey(ulong Id, bool IsGang)
{
    public static JobKey Of(PendingJob job) => new(job.Id, job.Gang != null);
}

/// <summary>
/// Nodes that wait with a job of the queue: nobody else may begin there what does not end before the job is to start (EASY backfill;
/// Lifka, "The ANL/IBM SP Scheduling System", 1995). Immutable.
/// </summary>
/// <param name="Job">Workload id, or gang id.</param>
/// <param name="Nodes">Node indices, ascending.</param>
/// <param name="Start">Unix milliseconds at which the job is expected to start; when that is not known, those of the hold itself.</param>
/// <param name="Known">Everything that stands in the way says when it ends.</param>
public sealed record Hold(ulong Job, bool IsGang, ImmutableArray<int> Nodes, long Start, bool Known)
{
    internal JobKey Key => new(Job, IsGang);

    internal Block Block => new(Start, long.MaxValue, Job, 0, IsGang ? BlockKind.GangHold : BlockKind.WorkloadHold);

    internal void Write(ref CommandWriter writer)
    {
        writer.UInt64(Job);
        writer.Bool(IsGang);
        NodeList.Write(ref writer, Nodes);
        writer.Int64(Start);
        writer.Bool(Known);
    }

    internal static Hold Read(ref CommandReader reader)
        => new(reader.UInt64(), reader.Bool(), NodeList.Read(ref reader), reader.Int64(), reader.Bool());
}
