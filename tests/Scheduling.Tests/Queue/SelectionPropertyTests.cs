using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Queue;

/// <summary>
/// The order of the queue against one that goes through every job by priority and looks at every node: whoever is first and has room
/// gets a place, on a node that will do, and nobody else does.
/// </summary>
public class SelectionPropertyTests
{
    private const int Names = 7;
    private const int Filters = 5;

    [Fact]
    public void Nobody_is_passed_by_one_that_comes_later_on_a_node_that_both_may_use() => Seeded.ForAll(random => new World(random).Run());

    private sealed class World(Random random)
    {
        private readonly TestCluster _cluster = new();
        private readonly string[]?[] _filters = new string[]?[Filters];
        private readonly HashSet<ulong> _waiting = [];
        private ulong _nextId = 1;

        public void Run()
        {
            // Holds keep nodes from those who are not first, which is another rule.
            _cluster.SetPolicy(SchedulingPolicy.Open with { Reservations = new ReservationRules(MaxHolds: 0) });
            for (var name = 0; name < Names; name++)
                _cluster.AddNode($"n{name}", gpus: 4);
            for (var step = 0; step < 120; step++)
                Act();
        }

        private void Act()
        {
            _cluster.Now += random.Next(200) * 1_000L;
            switch (random.Next(10))
            {
                case < 4: Come(); break;
                case < 6: End(); break;
                case 6: Change(random.Next(Filters)); break;
                case 7: ComeAndGo($"n{random.Next(Names)}"); break;
                default: Cycle(); break;
            }
        }

        private void Come()
        {
            var filter = random.Next(-1, Filters);
            var selection = filter < 0 ? null : Selection(filter);
            var traits = new WorkloadTraits { Provisioning = (Provisioning)random.Next(3), Category = (Category)random.Next(4), Purpose = (Purpose)random.Next(4) };
            var (id, gpus) = (_nextId++, random.Next(1, 5));
            var reply = random.Next(4) == 0
                ? _cluster.Do(new PlaceGangCommand { Gang = Tenants.Gang(id, random.Next(1, 4), gpus, traits: traits), Selection = selection, Wait = true })
                : _cluster.Do(new PlaceCommand { Workload = id * 1_000, GpuCount = gpus, CpuMilli = 1000, MemoryMib = 1000, Traits = traits, Selection = selection, Wait = true });
            // At once only when nobody waits.
            Assert.True(reply.Outcome == Outcome.Queued || (_waiting.Count == 0 && reply.Outcome == Outcome.Done), $"{reply}");
            if (reply.Outcome == Outcome.Queued)
                _waiting.Add(id);
        }

        private void End()
        {
            var placed = _cluster.Snapshot().Workloads().Select(workload => workload.Id).ToList();
            if (placed.Count > 0)
                _cluster.Release(placed[random.Next(placed.Count)]);
        }

        private void Change(int filter)
        {
            _filters[filter] = random.Next(5) == 0 ? null : [.. Enumerable.Range(0, Names).Where(_ => random.Next(3) == 0).Select(name => $"n{name}")];
            Tell(filter);
        }

        /// <summary>Its index goes to another one; who selects by name tells that, as the adapter does.</summary>
        private void ComeAndGo(string name)
        {
            if (_cluster.Snapshot().TryFindNode(name, out int _))
                _cluster.Remove(name);
            else
                _cluster.AddNode(name, gpus: 4);
            for (var filter = 0; filter < Filters; filter++)
                Tell(filter);
        }

        private void Tell(int filter) => _cluster.Do(new SelectNodesCommand { Selection = Selection(filter) });

        private NodeSelection Selection(int filter)
        {
            if (_filters[filter] is not { } names)
                return new NodeSelection((ulong)filter + 1, null);
            var (nodes, snapshot) = (new NodeSet(), _cluster.Snapshot());
            foreach (var name in names)
            {
                if (snapshot.TryFindNode(name, out int index))
                    nodes.Add(index);
            }

            return new NodeSelection((ulong)filter + 1, nodes);
        }

        private void Cycle()
        {
            var pending = _cluster.State.Pending;
            var jobs = Enumerable.Range(0, pending.End).Where(pending.IsUsed)
                .OrderByDescending(slot => Scheduling.Queue.Cycle.PriorityOf(_cluster.State, slot, _cluster.Now)).ThenBy(slot => pending[slot].Sequence)
                .Select(slot => pending[slot]).ToList();
            var free = _cluster.Snapshot().Nodes().ToDictionary(node => node.Name, node => node.FreeGpuCount);
            var fork = _cluster.Fork();
            _cluster.Effects.Clear();
            _cluster.Schedule();
            var placed = new Queue<Effect.Placed>(_cluster.Effects.All().OfType<Effect.Placed>());
            foreach (var job in jobs)
            {
                var (allowed, gpus, members) = (Allowed(job, free.Keys), job.Shape.GpuCount, job.Gang?.Members ?? 1);
                if (allowed.Sum(node => free[node] / gpus) < members)
                    continue;
                for (var member = 0; member < members; member++)
                {
                    Assert.True(placed.TryDequeue(out var seat), $"job {job.Id} has room and got none");
                    Assert.Equal(job.Gang is null ? job.Id : job.Gang.Roles[0].Members[member], seat.Workload);
                    Assert.Contains(seat.NodeName, allowed);
                    free[seat.NodeName] -= gpus;
                    Assert.True(free[seat.NodeName] >= 0);
                }

                _waiting.Remove(job.Gang is null ? job.Id / 1_000 : job.Id);
            }

            Assert.Empty(placed);
            fork.Schedule();
            Assert.Equal(_cluster.Snapshot().ImageHash(), fork.Snapshot().ImageHash());
        }

        private List<string> Allowed(PendingJob job, IEnumerable<string> nodes)
            => [.. nodes.Where(node => job.SelectionOf(0) == 0 || _filters[job.SelectionOf(0) - 1] is not { } names || names.Contains(node))];
    }
}
