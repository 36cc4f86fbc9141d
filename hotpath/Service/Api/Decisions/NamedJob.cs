using Pipeline.Contracts;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>Finds what people call by its name.</summary>
internal static class NamedJob
{
    /// <returns>The id of the workload or gang, the other 0. One that waits goes before one that has a place, a gang before its members.</returns>
    /// <exception cref="RequestRefusedException">Nothing is called so.</exception>
    public static (ulong Workload, ulong Gang) Find(ClusterSnapshot snapshot, string name)
    {
        foreach (var job in snapshot.Pending())
        {
            if (job.Name == name)
                return job.Gang is null ? (job.Id, 0) : (0, job.Id);
        }
        foreach (var gang in snapshot.Gangs())
        {
            if (gang.Name == name)
                return (0, gang.Id);
        }
        foreach (var workload in snapshot.Workloads())
        {
            if (workload.Name == name)
                return (workload.Id, 0);
        }
        throw RequestRefusedException.NotFound("name", $"nothing called {Refusals.Quote(name)} waits or has a place");
    }
}
