using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Queue;

/// <summary>Jobs that may be on some nodes only wait in the same order as all others.</summary>
public class SelectionTests
{
    private readonly TestCluster _cluster = new();

    public SelectionTests()
    {
        for (var node = 0; node < 3; node++)
        {
            _cluster.AddNode($"n{node}");
            _cluster.Bind(900 + (ulong)node, $"n{node}", mask: 0xFF);
        }
    }

    [Fact]
    public void Who_may_only_use_the_node_that_frees_and_came_first_gets_it()
    {
        _cluster.Wait(1, Selections.Of(7, 2));
        _cluster.Wait(2, null);
        _cluster.Wait(3, Selections.Of(8, 1, 2));
        Assert.Equal("1 on n2", Freed("n2"));
        Assert.Equal("2 on n1", Freed("n1"));
        Assert.Equal("3 on n2", Freed("n2"));
    }

    [Fact]
    public void A_higher_priority_goes_first_although_it_came_later()
    {
        _cluster.Wait(1, null);
        _cluster.Do(new PlaceCommand
        {
            Workload = 2,
            GpuCount = 8,
            Traits = new WorkloadTraits { Provisioning = Provisioning.Reserved },
            Selection = Selections.Of(7, 2),
            Wait = true,
        });
        Assert.Equal("2 on n2", Freed("n2"));
    }

    [Fact]
    public void Who_cannot_use_what_frees_keeps_nobody_else_from_it()
    {
        _cluster.Wait(1, Selections.Of(7, 2));
        _cluster.Wait(2, Selections.Of(9));
        _cluster.Wait(3, null);
        Assert.Equal("3 on n0", Freed("n0"));
        Assert.Equal("1 on n2", Freed("n2"));
    }

    [Fact]
    public void Equal_jobs_of_one_selection_are_judged_once_and_their_nodes_are_kept_once()
    {
        for (var id = 1UL; id <= 1_000; id++)
            _cluster.Wait(id, Selections.Of(7, 2));
        _cluster.Wait(2_000, Selections.Of(8, 2));
        _cluster.Wait(2_001, null);
        Assert.Equal((3, 2), (_cluster.State.Pending.ClassCount, _cluster.State.Pending.Selections.All.Count));
        _cluster.Release(2_000);
        Assert.Equal([7UL], _cluster.State.Pending.Selections.All.Keys);
    }

    [Fact]
    public void Other_nodes_are_said_once_for_all_that_wait_and_they_keep_their_turn()
    {
        _cluster.Wait(1, Selections.Of(7, 2));
        _cluster.Wait(2, null);
        _cluster.Wait(3, Selections.Of(7, 2));
        Assert.Equal(Outcome.Unchanged, _cluster.Select(Selections.Of(7, 2)).Outcome);
        Assert.Equal(Outcome.NotFound, _cluster.Select(Selections.Of(8, 2)).Outcome);
        var said = _cluster.Select(Selections.Of(7, 0));
        Assert.Equal((Outcome.Done, true), (said.Outcome, said.Changed));
        Assert.Equal("1 on n0", Freed("n0"));
        Assert.Equal("2 on n2", Freed("n2"));
        Assert.Equal("", Freed("n1"));
        _cluster.Select(new NodeSelection(7, null));
        Assert.Equal("3 on n1", Freed());
    }

    [Fact]
    public void Asked_for_again_with_another_selection_it_keeps_its_turn_and_has_the_new_nodes()
    {
        _cluster.Wait(1, null);
        _cluster.Wait(2, Selections.Of(7, 2));
        Assert.False(_cluster.Wait(1, null).Changed);
        Assert.True(_cluster.Wait(1, Selections.Of(7, 1)).Changed);
        Assert.False(_cluster.Wait(1, Selections.Of(7, 1)).Changed);
        Assert.Equal("1 on n1", Freed("n1"));
        Assert.Equal("", Freed("n2"));
        Assert.True(_cluster.Wait(2, null).Changed);
        Assert.Empty(_cluster.State.Pending.Selections.All);
        Assert.Equal("2 on n2", Freed());
    }

    [Fact]
    public void A_node_that_takes_the_index_of_one_that_has_gone_is_not_selected_until_that_is_said()
    {
        _cluster.Wait(1, Selections.Of(7, 1, 2));
        _cluster.Remove("n2");
        _cluster.AddNode("other");
        Assert.Equal(2, _cluster.Node("other").Index);
        Assert.Equal("", Freed());
        _cluster.Select(Selections.Of(7, 2));
        Assert.Equal("1 on other", Freed());
    }

    [Fact]
    public void A_gang_waits_for_its_nodes_in_its_turn()
    {
        var gang = new PlaceGangCommand { Gang = Tenants.Gang(1, 2), Selection = Selections.Of(7, 1, 2), Wait = true };
        Assert.Equal(Outcome.Queued, _cluster.Do(gang).Outcome);
        _cluster.Wait(2, null);
        Assert.Equal("2 on n0", Freed("n0"));
        _cluster.Wait(3, null);
        Assert.Equal("1000 on n1, 1001 on n2", Freed("n1", "n2"));
        Assert.Equal([3UL], _cluster.Snapshot().Pending().Select(job => job.Id));
    }

    [Fact]
    public void Members_of_each_role_wait_for_the_nodes_of_their_own_and_start_together()
    {
        Assert.Equal(Outcome.Queued, _cluster.Do(LauncherAndWorkers(Selections.Of(7, 0), Selections.Of(8, 1, 2))).Outcome);
        Assert.Equal("", Freed("n1"));
        _cluster.Select(Selections.Of(7, 1, 2));
        Assert.Equal("", Freed());
        Assert.Equal("11 on n1, 21 on n2", Freed("n2"));
        Assert.Equal(0, _cluster.Snapshot().PendingCount);
        Assert.Equal(Outcome.NotFound, _cluster.Select(Selections.Of(7)).Outcome);
    }

    [Fact]
    public void A_role_without_a_word_on_nodes_may_be_on_any()
    {
        _cluster.Do(LauncherAndWorkers(null, Selections.Of(8, 2)));
        Assert.Equal("", Freed("n0", "n1"));
        Assert.Equal("11 on n0, 21 on n2", Freed("n2"));
    }

    [Fact]
    public void Selections_of_roles_that_contradict_the_gang_are_refused_by_their_field()
    {
        var gang = LauncherAndWorkers(Selections.Of(7), null);
        Assert.StartsWith("RoleSelections: ", Refused(With(gang.Gang, [Selections.Of(7)], null, null)));
        Assert.StartsWith("Selection: ", Refused(With(gang.Gang, gang.RoleSelections, Selections.Of(8), null)));
        Assert.StartsWith("Selection: ", Refused(With(gang.Gang, gang.RoleSelections, null, new(0, new()))));
        Assert.StartsWith("Selection: ", Refused(With(gang.Gang, [Selections.Of(0), null], null, null)));

        string Refused(PlaceGangCommand command)
        {
            var reply = _cluster.Do(command);
            Assert.Equal((Outcome.Invalid, false), (reply.Outcome, reply.Changed));
            return (string)reply.Detail!;
        }

        static PlaceGangCommand With(GangSpec gang, ImmutableArray<NodeSelection?> ofRoles, NodeSelection? ofAll, RoleCandidates? candidates)
            => new() { Gang = gang, RoleSelections = ofRoles, Selection = ofAll, Candidates = candidates, Wait = true };
    }

    [Fact]
    public void Whoever_starts_is_where_its_role_may_be_and_starts_with_all_others_as_soon_as_each_role_has_room() => Seeded.ForAll(random =>
    {
        var cluster = new TestCluster();
        for (var node = 0; node < 9; node++)
            cluster.AddNode($"n{node}", gpus: random.Next(1, 5));
        var free = cluster.Snapshot().Nodes().Select(node => node.FreeGpuCount).ToArray();
        // Each node is for one role, so whether one has room does not depend on where the others are.
        var owner = free.Select(_ => random.Next(3)).ToArray();
        var members = new[] { random.Next(1, 5), random.Next(1, 5), random.Next(1, 5) };
        var gang = Tenants.Gang(1, 1) with
        {
            Roles = [.. members.Select((count, role) => new GangRole($"r{role}", new Shape(1, 1000, 1, 1, GroupSet.Any), Tenants.Members((ulong)role * 100 + 1, count), 0, 0))],
        };
        var fits = Enumerable.Range(0, 3).All(role => free.Where((_, node) => owner[node] == role).Sum() >= members[role]);
        cluster.Do(new PlaceGangCommand
        {
            Gang = gang,
            RoleSelections = [.. Enumerable.Range(0, 3).Select(role => Selections.Of((ulong)role + 1, [.. Enumerable.Range(0, 9).Where(node => owner[node] == role)]))],
            Wait = true,
        });
        var placed = cluster.Snapshot().Workloads().ToList();
        Assert.Equal(fits ? members.Sum() : 0, placed.Count);
        Assert.Equal(fits ? 0 : 1, cluster.Snapshot().PendingCount);
        Assert.All(placed, workload => Assert.Equal((int)(workload.Id / 100), owner[workload.Node]));
    });

    private static PlaceGangCommand LauncherAndWorkers(NodeSelection? launcher, NodeSelection? workers) => new()
    {
        Gang = Tenants.Gang(1, 1) with
        {
            Roles =
            [
                new GangRole("launcher", new Shape(1, 1000, 1000, 1000, GroupSet.Any), [11], 0, 0),
                new GangRole("worker", new Shape(8, 1000, 1000, 1000, GroupSet.Any), [21], 0, 0),
            ],
        },
        RoleSelections = [launcher, workers],
        Wait = true,
    };

    [Fact]
    public void A_gang_evicts_from_its_nodes_only()
    {
        RunSpot(1, 2);
        _cluster.Wait(50, Selections.Of(9));
        _cluster.Do(new PlaceGangCommand { Gang = Tenants.Gang(1, 1), Selection = Selections.Of(7, 2), Wait = true, MayPreempt = true });
        _cluster.Schedule();
        Assert.Equal([902UL], _cluster.Snapshot().Departing);
    }

    [Fact]
    public void A_gang_evicts_nobody_when_none_of_its_nodes_can_be_cleared()
    {
        RunSpot(1);
        _cluster.Do(new PlaceGangCommand { Gang = Tenants.Gang(1, 1), Selection = Selections.Of(7, 2), Wait = true, MayPreempt = true });
        Assert.Equal(Outcome.Unchanged, _cluster.Schedule().Outcome);
        _cluster.Select(Selections.Of(7, 1, 2));
        Assert.Equal(Outcome.Done, _cluster.Schedule().Outcome);
    }

    [Fact]
    public void A_single_job_evicts_from_its_nodes_only()
    {
        RunSpot(1, 2);
        _cluster.Wait(50, Selections.Of(9));
        _cluster.Do(new PlaceCommand { Workload = 1, GpuCount = 8, Selection = Selections.Of(7, 0, 2), Wait = true, MayPreempt = true });
        _cluster.Schedule();
        Assert.Equal([902UL], _cluster.Snapshot().Departing);
    }

    [Fact]
    public void The_reason_names_the_nodes_that_are_not_selected_and_no_remedy_needs_one_of_them()
    {
        _cluster.Release(900);
        _cluster.Wait(1, Selections.Of(7, 2));
        var explanation = (Explanation)_cluster.Do(new ExplainCommand { Workload = 1 }).Detail!;
        Assert.Equal([(ReasonCode.TooFewGpus, 1), (ReasonCode.NotSelected, 2)], explanation.Reasons.Select(reason => (reason.Code, reason.Nodes)));
        Assert.Equal([(RemedyCode.FreeNode, "n2")], explanation.Remedies.Select(remedy => (remedy.Code, remedy.Subject)));
    }

    [Fact]
    public void The_estimate_of_the_start_knows_the_nodes()
    {
        _cluster.Release(900);
        _cluster.Wait(1, Selections.Of(7, 2));
        Assert.Equal([2], EarliestStart.Of(_cluster.State, _cluster.State.Pending[0], _cluster.Now).Nodes.AsEnumerable());
        _cluster.Do(new PlaceGangCommand { Gang = Tenants.Gang(1, 2), Selection = Selections.Of(8, 1, 2), Wait = true });
        Assert.True(_cluster.State.Pending.TryFindGang(1, out var gang));
        Assert.Equal([1, 2], EarliestStart.Of(_cluster.State, _cluster.State.Pending[gang], _cluster.Now).Nodes.AsEnumerable());
    }

    [Fact]
    public void What_contradicts_itself_is_refused_and_more_selections_than_the_queue_knows_do_not_wait()
    {
        Assert.StartsWith("Selection: ", (string)_cluster.Wait(1, Selections.Of(0)).Detail!);
        Assert.StartsWith("Selection: ", (string)_cluster.Wait(1, Selections.Of(NodeSelection.MaxId + 1)).Detail!);
        Assert.StartsWith("Selection: ", (string)_cluster.Select(Selections.Of(0)).Detail!);
        Assert.StartsWith("Selection: ", (string)_cluster.Do(new PlaceCommand { Workload = 1, Candidates = new(), Selection = Selections.Of(1) }).Detail!);
        Assert.StartsWith("Selection: ", (string)_cluster.Do(new PlaceGangCommand { Gang = Tenants.Gang(1, 1), Candidates = new(0, new()), Selection = Selections.Of(1) }).Detail!);
        for (var id = 1UL; id <= SelectionTable.MaxSelections; id++)
            Assert.Equal(Outcome.Queued, _cluster.Wait(10_000 + id, Selections.Of(id, 1)).Outcome);
        var reply = _cluster.Wait(5_000, Selections.Of(5_000, 1));
        Assert.Equal((Outcome.NoFit, false), (reply.Outcome, reply.Changed));
        Assert.Contains("selections", (string)reply.Detail!, StringComparison.Ordinal);
        Assert.Equal(Outcome.Queued, _cluster.Wait(5_001, Selections.Of(3, 1)).Outcome);
    }

    [Fact]
    public void Who_waits_alone_under_a_selection_may_wait_under_another_instead_when_the_queue_knows_no_more()
    {
        _cluster.Do(new PlaceGangCommand { Gang = Tenants.Gang(1, 2), Selection = Selections.Of(1, 1), Wait = true });
        for (var id = 2UL; id <= SelectionTable.MaxSelections; id++)
            _cluster.Wait(10_000 + id, Selections.Of(id, 1));
        Assert.Equal(Outcome.Queued, _cluster.Do(new PlaceGangCommand { Gang = Tenants.Gang(1, 2), Selection = Selections.Of(5_001, 2), Wait = true }).Outcome);
        Assert.Equal(Outcome.Queued, _cluster.Wait(10_002, Selections.Of(5_002, 2)).Outcome);
        Assert.Equal(SelectionTable.MaxSelections, _cluster.State.Pending.Selections.All.Count);
        // Two wait under it, so it stays.
        _cluster.Wait(5_003, Selections.Of(3, 1));
        Assert.Equal(Outcome.NoFit, _cluster.Wait(5_003, Selections.Of(5_004, 1)).Outcome);
        Assert.True(_cluster.State.Pending.Selections.IsWhole);
    }

    [Fact]
    public void One_that_lost_its_place_and_may_not_wait_either_has_changed_the_state()
    {
        _cluster.Release(900);
        Assert.Equal("n0", _cluster.Wait(1, null).NodeName);
        for (var id = 1UL; id <= SelectionTable.MaxSelections; id++)
            _cluster.Wait(10_000 + id, Selections.Of(id, 1));
        var reply = _cluster.Wait(1, Selections.Of(5_000, 1));
        Assert.Equal((Outcome.NoFit, true), (reply.Outcome, reply.Changed));
        Assert.DoesNotContain(_cluster.Snapshot().Workloads(), workload => workload.Id == 1);
    }

    [Fact]
    public void A_restored_image_holds_the_same_nodes_and_is_refused_when_it_lacks_some_or_has_too_many()
    {
        _cluster.Wait(1, Selections.Of(7, 0, 2));
        _cluster.Wait(2, new NodeSelection(8, null));
        _cluster.Do(new PlaceGangCommand { Gang = Tenants.Gang(1, 1), Selection = Selections.Of(9, 1), Wait = true });
        var both = LauncherAndWorkers(Selections.Of(10, 0), Selections.Of(11));
        _cluster.Do(new PlaceGangCommand { Gang = both.Gang with { Id = 2 }, RoleSelections = both.RoleSelections, Wait = true });
        var image = _cluster.Snapshot().Parts().Image();
        var restored = new TestCluster(ClusterState.Restore(image)) { Now = _cluster.Now };
        Assert.Equal(_cluster.Snapshot().ImageHash(), restored.Snapshot().ImageHash());
        restored.Release(901);
        restored.Schedule();
        Assert.Equal([900UL, 2, 902], restored.Snapshot().Nodes().Select(node => restored.Snapshot().WorkloadsOf(node).Single().Id));
        foreach (var (key, _) in image.Where(part => ImagePart.TableOf(part.Key) == ImageTable.Selection))
            Assert.Throws<InvalidDataException>(() => ClusterState.Restore(image.Where(part => part.Key != key)));
        _cluster.Release(1);
        var left = image.Single(part => part.Key == ImagePart.KeyOf(ImageTable.Selection, 7));
        Assert.Throws<InvalidDataException>(() => ClusterState.Restore([.. _cluster.Snapshot().Parts().Image(), left]));
    }

    [Fact]
    public void Commands_are_journaled_with_their_selection()
    {
        foreach (var selection in new[] { null, new NodeSelection(7, null), Selections.Of(8), Selections.Of(9, 0, 63, 64, 700) })
        {
            var place = Assert.IsType<PlaceCommand>(Journaled(new PlaceCommand { Workload = 1, Wait = true, Selection = selection }));
            AssertSame(selection, place.Selection);
            Assert.Null(place.Candidates);
            var gang = Assert.IsType<PlaceGangCommand>(Journaled(new PlaceGangCommand { Gang = Tenants.Gang(1, 2), Selection = selection }));
            AssertSame(selection, gang.Selection);
            Assert.Null(gang.Candidates);
            foreach (var other in new[] { null, Selections.Of(8, 1) })
            {
                var roles = Assert.IsType<PlaceGangCommand>(Journaled(LauncherAndWorkers(other, selection)));
                Assert.Null(roles.Selection);
                Assert.Equal(2, roles.RoleSelections.Length);
                AssertSame(other, roles.RoleSelections[0]);
                AssertSame(selection, roles.RoleSelections[1]);
            }
            if (selection is not null)
                AssertSame(selection, Assert.IsType<SelectNodesCommand>(Journaled(new SelectNodesCommand { Selection = selection })).Selection);
        }

        static void AssertSame(NodeSelection? one, NodeSelection? other)
        {
            Assert.Equal((one?.Id, one?.Nodes is null), (other?.Id, other?.Nodes is null));
            Assert.True(NodeSet.Same(one?.Nodes, other?.Nodes));
        }
    }

    private static Command Journaled(Command command)
    {
        var writer = new CommandWriter(new byte[16]);
        CommandCodec.Write(ref writer, command, 5);
        return new CommandCodec().Read(writer.Written, out _);
    }

    /// <summary>Who gets which node when these lose what runs there, in order.</summary>
    private string Freed(params string[] nodes)
    {
        foreach (var node in nodes)
        {
            var view = _cluster.Node(node);
            foreach (var workload in _cluster.Snapshot().WorkloadsOf(view).ToList())
                _cluster.Release(workload.Id);
        }

        _cluster.Effects.Clear();
        _cluster.Schedule();
        return string.Join(", ", _cluster.Effects.All().OfType<Effects.Effect.Placed>().Select(placed => $"{placed.Workload} on {placed.NodeName}"));
    }

    /// <summary>In place of what runs on these nodes; the higher the index, the more does it cost to evict it.</summary>
    private void RunSpot(params int[] nodes)
    {
        foreach (var node in nodes)
        {
            _cluster.Release(900 + (ulong)node);
            _cluster.Do(new BindCommand
            {
                Workload = 900 + (ulong)node,
                Node = $"n{node}",
                GpuMask = 0xFF,
                GpuMilli = 1000,
                Traits = new WorkloadTraits { Provisioning = Provisioning.Spot, RestartSeconds = node },
            });
        }
    }
}
