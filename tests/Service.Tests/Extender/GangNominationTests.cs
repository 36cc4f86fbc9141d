using Google.Protobuf;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.Remote;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api.Nominations;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Placement;
using static Pipeline.Hotpath.Tests.Extender.ExtenderCalls;

namespace Pipeline.Hotpath.Tests.Extender;

/// <summary>Gangs whose members another scheduler asks for one by one.</summary>
public sealed class GangNominationTests : IAsyncLifetime
{
    private const int Nodes = 8;
    private const int Members = 64;
    private static readonly string[] Everywhere = [.. Enumerable.Range(1, Nodes).Select(node => $"n{node}")];

    private readonly FakeCluster _cluster = new FakeCluster().WithNodes(Everywhere);
    private AdapterWorld _world = null!;
    private NominationApi _nominations = null!;

    public async Task InitializeAsync()
    {
        _world = new AdapterWorld(_cluster);
        _nominations = new NominationApi(_world.Loop, _world.Binder.Book, _world.Binder.Binds, _cluster, () => true);
        await _world.StartAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_gang_has_all_its_places_or_none_while_singles_compete(int seed)
    {
        var random = new Random(seed);
        var singles = Enumerable.Range(0, 6).Select(single => $"s{single}").ToList();
        await ListAsync(MemberNames().Select(Member));
        var asked = MemberNames().Concat(singles).OrderBy(_ => random.Next()).ToList();
        var answers = new Dictionary<string, NominateReply>();
        foreach (var turn in asked.Chunk(7))
        {
            var replies = await Task.WhenAll(turn.Select(name => AskAsync(name.StartsWith('s') ? Listed(name) : Member(name))));
            foreach (var (name, reply) in turn.Zip(replies))
                answers[name] = reply;
        }

        var members = MemberNames().Count(name => answers[name].Node.Length > 0);
        var alone = singles.Count(name => answers[name].Node.Length > 0);
        Assert.Contains(members, new[] { 0, Members });
        Assert.Equal(members == Members ? 0 : singles.Count, alone);
        Assert.Equal(members + alone, _world.Snapshot.Workloads().Select(workload => (workload.Node, workload.GpuMask)).Distinct().Count());
        Assert.All(MemberNames().Where(_ => members == 0), name => Assert.Contains(NodeVerdict.HasRoom, answers[name].Verdicts));
    }

    [Fact]
    public async Task The_first_member_plans_for_all_and_those_before_the_last_is_there_are_told_how_many_lack()
    {
        await ListAsync(MemberNames().Skip(1).Select(Member));
        var early = await AskAsync(Member("m1"));
        Assert.Equal(("", "gang team/g: 63 of 64 members are there", NodeVerdict.GangIncomplete), (early.Node, early.Detail, early.Verdicts.Distinct().Single()));
        Assert.Equal(0, _world.Snapshot.WorkloadCount);

        var unlisted = await AskAsync(Member("m0"));
        Assert.Equal("gang team/g: the cluster has not listed this member yet", unlisted.Detail);

        await ListAsync([Member("m0")]);
        var first = await AskAsync(Member("m5"));
        Assert.Equal(Members, _world.Snapshot.WorkloadCount);
        Assert.Equal(first, await AskAsync(Member("m5")));
        Assert.Equal("", (await AskAsync(Listed("single"))).Node);
    }

    [Fact]
    public async Task Members_that_were_turned_away_are_called_back_when_the_last_one_is_there()
    {
        await ListAsync(MemberNames().Skip(1).Select(Member));
        await AskAsync(Member("m1"));
        await AskAsync(Member("m2"));
        await AskAsync(Member("m0"));
        await ListAsync([Listed("other"), Member("m0")]);
        await _cluster.WhenAsync("nudge", 3);
        await _world.PassEndsAsync();
        Assert.Equal(
            new[] { "m0", "m1", "m2" }.Select(name => $"nudge {IdOf(name)}").Order(), _cluster.Calls.Where(call => call.StartsWith("nudge", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task A_member_whose_planned_node_is_not_named_keeps_it_and_is_told_where()
    {
        await ListAsync(MemberNames().Select(Member));
        var node = (await AskAsync(Member("m0"))).Node;
        var reply = await AskAsync(Member("m0"), Everywhere.Where(name => name != node).ToArray());
        Assert.Equal(("", $"it is planned on {node}", NodeVerdict.PlannedElsewhere), (reply.Node, reply.Detail, reply.Verdicts.Distinct().Single()));
        Assert.Equal(node, (await AskAsync(Member("m0"))).Node);
    }

    [Fact]
    public async Task The_plan_uses_only_nodes_that_will_do_for_its_members()
    {
        await ListAsync(Enumerable.Range(0, 16).Select(member => Listed($"m{member}", gang: "g", min: 16)));
        await AskAsync(Listed("m3", gang: "g", min: 16), "n7", "n4");
        Assert.Equal(["n4", "n7"], _world.Snapshot.Workloads().Select(workload => _world.NodeOf(workload.Id)).Distinct().Order());
        Assert.Equal("", (await AskAsync(Listed("m4", gang: "g", min: 16), "n1")).Node);
    }

    [Fact]
    public async Task Members_of_one_gang_may_ask_for_different_nodes()
    {
        var (launchers, workers) = (new FakeFilter(1, "n1", "n2"), new FakeFilter(2, "n6", "n7", "n8"));
        ClusterWorkload[] members =
        [
            .. Enumerable.Range(0, 2).Select(member => Of($"l{member}", launchers)),
            .. Enumerable.Range(0, 3).Select(member => Of($"w{member}", workers)),
        ];
        await ListAsync(members);
        foreach (var member in members)
            Assert.NotEqual("", (await AskAsync(member, [.. member.Nodes!.Admitted()!])).Node);
        Assert.All(members, member => Assert.Contains(_world.NodeOf(member.Id), member.Nodes!.Admitted()!));

        static ClusterWorkload Of(string name, FakeFilter nodes) => Listed(name, gpus: 8, gang: "g", min: 5) with { Nodes = nodes };
    }

    [Fact]
    public async Task A_plan_whose_members_do_not_all_come_ends_as_a_whole_and_is_made_anew()
    {
        await ListAsync(MemberNames().Select(Member));
        var reply = await AskAsync(Member("m0"));
        Assert.Equal(reply.GpuMask, (await _nominations.BindAsync(new BindRequest { Workload = IdOf("m0"), Node = reply.Node })).GpuMask);
        Assert.Equal("", (await AskAsync(Listed("single"))).Node);

        _world.Pass(TimeSpan.FromMilliseconds(Placer.LongAssumptionLife + 1));
        await _world.Loop.SubmitAsync(new SweepCommand());
        Assert.Equal(0, _world.Snapshot.WorkloadCount);
        await _cluster.WhenAsync($"evict {IdOf("m0")}");
        await _world.UntilAsync(snapshot => !snapshot.Departing.Any());
        Assert.NotEqual("", (await AskAsync(Listed("single"))).Node);
        var again = await AskAsync(Member("m1"));
        Assert.Equal((NodeVerdict.HasRoom, ""), (again.Verdicts.Distinct().Max(), again.Detail));
    }

    [Fact]
    public async Task What_the_cluster_lists_of_a_workload_counts_where_whoever_asks_does_not_know_it()
    {
        var known = Listed("a") with { Labels = new WorkloadLabels { Reservation = 7 } };
        await ListAsync([known]);
        await AskAsync(Listed("a"));
        await AskAsync(Listed("unlisted"));
        Assert.Equal(
            [(IdOf("a"), 7ul), (IdOf("unlisted"), 0ul)],
            _world.Snapshot.Workloads().Select(workload => (workload.Id, workload.Traits.Reservation)).OrderBy(pair => pair.Id == IdOf("unlisted")));
    }

    [Fact]
    public async Task A_single_that_is_not_bound_in_time_gives_its_place_back_and_cannot_be_bound_any_more()
    {
        await ListAsync([Listed("a", gpus: 8)]);
        var reply = await AskAsync(Listed("a", gpus: 8), "n1");
        Assert.Equal("n1", reply.Node);
        Assert.Equal("", (await AskAsync(Listed("b", gpus: 8), "n1")).Node);
        _world.Pass(TimeSpan.FromMilliseconds(Placer.AssumptionLife + 1));
        await _world.Loop.SubmitAsync(new SweepCommand());
        Assert.Equal("n1", (await AskAsync(Listed("b", gpus: 8), "n1")).Node);
        await Assert.ThrowsAsync<Contracts.RequestRefusedException>(() => _nominations.BindAsync(new BindRequest { Workload = IdOf("a"), Node = "n1" }));
    }

    [Fact]
    public async Task Our_own_binder_asks_for_none_of_them()
    {
        await ListAsync([Listed("a"), .. MemberNames().Select(Member)]);
        _world.Binder.Wake();
        await _world.PassEndsAsync();
        Assert.Equal(0, _world.Snapshot.WorkloadCount + _world.Snapshot.PendingCount);
        Assert.Equal(0, _cluster.CountOf("bind"));
    }

    [Fact]
    public async Task Before_the_cluster_is_listed_nothing_is_given_away()
    {
        var early = new NominationApi(_world.Loop, _world.Binder.Book, _world.Binder.Binds, _cluster, () => false);
        await Assert.ThrowsAsync<Contracts.HotpathUnavailableException>(() => early.NominateAsync(Request(Listed("a"), Everywhere)));
    }

    [Theory]
    [InlineData(true, "n1\n", "workload: must be present")]
    [InlineData(false, "n1", "nodes: the last name has no line feed behind it")]
    public async Task A_request_that_contradicts_itself_names_the_field(bool without, string nodes, string problem)
    {
        var request = new NominateRequest { Nodes = ByteString.CopyFromUtf8(nodes), Workload = without ? null : Listed("a").ToDescription() };
        Assert.Equal(problem, (await Assert.ThrowsAsync<Contracts.RequestRefusedException>(() => _nominations.NominateAsync(request))).Message);
    }

    private static IEnumerable<string> MemberNames() => Enumerable.Range(0, Members).Select(member => $"m{member}");

    private static ClusterWorkload Member(string name) => Listed(name, gang: "g", min: Members);

    private static NominateRequest Request(ClusterWorkload workload, string[] nodes)
        => new() { Workload = workload.ToDescription(), Nodes = ByteString.CopyFromUtf8(string.Concat(nodes.Select(node => $"{node}\n"))) };

    private Task<NominateReply> AskAsync(ClusterWorkload workload, params string[] nodes)
        => _nominations.NominateAsync(Request(workload, nodes.Length == 0 ? Everywhere : nodes));

    /// <summary>The cluster tells of them, as its watch does.</summary>
    private async Task ListAsync(IEnumerable<ClusterWorkload> workloads)
    {
        var all = workloads.ToArray();
        _cluster.With(all);
        foreach (var workload in all)
            _cluster.Emit(new ClusterEvent.WorkloadPending(workload));
        while (all.Any(workload => _world.Binder.Book.Pending(workload.Id) is null))
            await Task.Yield();
    }
}
