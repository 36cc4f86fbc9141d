using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <content>Workloads that another scheduler binds. They are never asked for here, but their gangs are known by them.</content>
internal sealed partial class PendingBook
{
    // Some may never be listed; these are told again when they ask again.
    private const int MostTurnedAway = 65_536;

    private readonly HashSet<ulong> _turnedAway = [];
    private readonly List<ulong> _calledBack = [];

    /// <summary>Null: it is not known as pending.</summary>
    public ClusterWorkload? Pending(ulong workload)
    {
        lock (_lock)
            return Find(workload)?.Workload;
    }

    /// <summary>The cluster is about to hear of its place, which its scheduler has chosen to bind.</summary>
    /// <returns>False: it was told before, and may act on that yet.</returns>
    public bool TellingForeign(WorkloadBinding place)
    {
        lock (_lock)
        {
            if (Find(place.Workload) is not { Workload.Foreign: true } entry)
                return true;
            var isFirst = !entry.Told;
            (entry.Place, entry.Told) = (place, true);
            return isFirst;
        }
    }

    /// <summary>What to ask the engine so that the workload's whole gang gets its places.</summary>
    public MemberQuestion AskForMember(ClusterWorkload workload, ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            var (_, name) = ClusterGang.KeyOf(workload);
            if (GangOf(workload.Id) is not { } gang)
                return TurnAway(workload.Id, $"gang {name}: the cluster has not listed this member yet");
            if (!gang.IsGathered)
                return TurnAway(workload.Id, $"gang {name}: {gang.Members.Count} of {gang.Label.Min} members are there");
            if (ProblemOf(snapshot, gang) is { Length: > 0 } problem)
                return new MemberQuestion(null, 0, $"gang {name}: {problem}");
            gang.Project = WorkloadCommands.ProjectIndexOf(snapshot, gang.Members.First().Value);
            var command = WorkloadCommands.PlaceOf(snapshot, gang, wait: false);
            var role = command.Gang.Roles.Index().First(role => role.Item.Members.Contains(workload.Id)).Index;
            return new MemberQuestion(command, role, "");
        }
    }

    /// <summary>Members that were turned away and can be placed by now: their scheduler has put them aside, and nothing in the cluster wakes it.</summary>
    public IReadOnlyList<ulong> TakeCalledBack()
    {
        lock (_lock)
            return TakeAll(_calledBack);
    }

    private MemberQuestion TurnAway(ulong workload, string problem)
    {
        if (_turnedAway.Count < MostTurnedAway)
            _turnedAway.Add(workload);
        return new MemberQuestion(null, 0, problem);
    }

    private void CallBack(ClusterGang gang)
    {
        if (_turnedAway.Count > 0 && gang.IsGathered)
            _calledBack.AddRange(gang.Members.Keys.Where(_turnedAway.Remove));
    }
}

/// <param name="Command">Null: the gang cannot be asked for yet.</param>
/// <param name="Role">The member's role in the gang.</param>
/// <param name="Problem">Why it cannot.</param>
internal sealed record MemberQuestion(PlaceGangCommand? Command, int Role, string Problem);
