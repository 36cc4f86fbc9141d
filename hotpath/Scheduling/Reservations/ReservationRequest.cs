using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;

namespace Pipeline.Scheduling.Reservations;

/// <summary>What is asked for: whole nodes of one machine group over a time to come.</summary>
/// <param name="Id">Chosen by the caller, not 0. The same request with the same id is the same reservation.</param>
/// <param name="Name">For people, 1 to 512 characters.</param>
/// <param name="Project">Project index; its Reserved quota pays for the block.</param>
/// <param name="Group">Machine group index.</param>
/// <param name="NodeCount">1 to the number of whole nodes of the group.</param>
/// <param name="Start">Unix milliseconds, not in the past.</param>
/// <param name="End">Unix milliseconds, after <paramref name="Start"/>; no later than the policy's horizon.</param>
/// <param name="HighestTier">Hard topology: the widest tier that the block's domain may have.</param>
public sealed record ReservationRequest(
    ulong Id, string Name, int Project, int Group, int NodeCount, long Start, long End, TopologyMode Topology, int HighestTier)
{
    internal void Write(ref CommandWriter writer)
    {
        writer.UInt64(Id);
        writer.String(Name);
        writer.Int32(Project);
        writer.Int32(Group);
        writer.Int32(NodeCount);
        writer.Int64(Start);
        writer.Int64(End);
        writer.Byte((byte)Topology);
        writer.Int32(HighestTier);
    }

    internal static ReservationRequest Read(ref CommandReader reader) => new(
        reader.UInt64(), reader.String(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int64(), reader.Int64(),
        (TopologyMode)reader.Byte(), reader.Int32());
}
