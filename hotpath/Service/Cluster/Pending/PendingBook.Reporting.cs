namespace Pipeline.Hotpath.Cluster.Pending;

/// <content>Who waits, and why as far as the book knows.</content>
internal sealed partial class PendingBook
{
    /// <summary>Those that have no place and are ours to place, in the order of their arrival.</summary>
    public IReadOnlyList<WaitingWorkload> Waiting()
    {
        lock (_lock)
        {
            var waiting = new List<WaitingWorkload>();
            foreach (var entry in _order)
            {
                var gang = GangOf(entry.Workload.Id);
                if (entry.Stage == Stage.Waiting)
                    waiting.Add(new WaitingWorkload(entry.Workload.Id, gang?.Id ?? 0, ""));
                else if (entry.Stage == Stage.Gathering && gang is not null)
                    waiting.Add(new WaitingWorkload(entry.Workload.Id, 0, $"{gang.Members.Count} of the {gang.Label.Min} members are there without which gang {gang.Name} does not start"));
                else if (entry.Refusal.Length > 0)
                    waiting.Add(new WaitingWorkload(entry.Workload.Id, 0, entry.Refusal));
            }

            return waiting;
        }
    }
}

/// <param name="Gang">The gang that waits as one, or 0.</param>
/// <param name="Reason">Empty: the engine knows.</param>
internal readonly record struct WaitingWorkload(ulong Id, ulong Gang, string Reason);
