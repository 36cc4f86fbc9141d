using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <content>Workloads that another scheduler binds. They are never asked for here, but their gangs are known by them.</content>
internal sealed partial class PendingBook
{
    /// <summary>Null: it is not known as pending.</summary>
    public ClusterWorkload? Pending(ulong workload)
    {
        lock (_lock)
            return Find(workload)?.Workload;
    }

    /// <summary>What to ask the engine so that the workload's whole gang gets its places.</summary>
    public MemberQuestion AskForMember(ClusterWorkload workload, ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            var (_, name) = ClusterGang.KeyOf(workload);
            if (GangOf(workload.Id) is not { } gang)
                return new MemberQuestion(null, 0, $"gang {name}: the cluster has not listed this member yet");
            if (!gang.IsGathered)
                return new MemberQuestion(null, 0, $"gang {name}: {gang.Members.Count} of {gang.Label.Min} members are there");
            if (gang.Members.Values.FirstOrDefault(member => WorkloadCommands.AsksForUnknownGroup(snapshot, member)) is { } stranger)
                return new MemberQuestion(null, 0, $"gang {name}: there is no machine group '{stranger.Group}'");
            gang.Project = WorkloadCommands.ProjectIndexOf(snapshot, gang.Members.First().Value);
            var command = WorkloadCommands.PlaceOf(snapshot, gang, gang.Members.Values, wait: false);
            var role = command.Gang.Roles.Index().First(role => role.Item.Members.Contains(workload.Id)).Index;
            return new MemberQuestion(command, role, "");
        }
    }
}

/// <param name="Command">Null: the gang cannot be asked for yet.</param>
/// <param name="Role">The member's role in the gang.</param>
/// <param name="Problem">Why it cannot.</param>
internal sealed record MemberQuestion(PlaceGangCommand? Command, int Role, string Problem);
