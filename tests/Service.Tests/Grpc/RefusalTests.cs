using Google.Protobuf;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Grpc;

/// <summary>What the scheduler refuses: with which status, by the name of which field, and with nothing changed.</summary>
public sealed class RefusalTests(RefusalWorld world) : IClassFixture<RefusalWorld>
{
    private const string Service = "/pipeline.v1.Scheduler/";

    private static readonly string Megabyte = new('x', 1 << 20);

    public static TheoryData<string, string, IMessage, string, string> Refused { get; } = new()
    {
        // Numbers and names.
        { "no id", "Place", Place(request => request.Workload = 0), "3", "workload" },
        { "long name", "Place", Place(request => request.Name = Megabyte), "3", "name" },
        { "long actor", "Place", Place(request => request.Actor = Megabyte), "3", "actor" },
        { "negative GPUs", "Place", Place(request => request.Shape.GpuCount = -1), "3", "shape.gpu_count" },
        { "too many GPUs", "Place", Place(request => request.Shape.GpuCount = int.MaxValue), "3", "shape.gpu_count" },
        { "negative share", "Place", Place(request => request.Shape.GpuMilli = -1), "3", "shape.gpu_milli" },
        { "share of two", "Place", Place(request => (request.Shape.GpuCount, request.Shape.GpuMilli) = (2, 500)), "3", "shape.gpu_milli" },
        { "negative CPU", "Place", Place(request => request.Shape.CpuMilli = -1), "3", "shape.cpu_milli" },
        { "boundless memory", "Place", Place(request => request.Shape.MemoryMib = long.MaxValue), "3", "shape.memory_mib" },
        { "negative time", "Place", Place(request => request.Traits.ExpectedSeconds = -1), "3", "traits.expected_seconds" },
        { "boundless time", "Place", Place(request => request.Traits.RestartSeconds = int.MaxValue), "3", "traits.restart_seconds" },
        { "unknown provisioning", "Place", Place(request => request.Traits.Provisioning = (Provisioning)9), "3", "traits.provisioning" },
        { "unknown category", "Place", Place(request => request.Traits.Category = (Category)(-1)), "3", "traits.category" },
        { "unknown purpose", "Place", Place(request => request.Traits.Purpose = (Purpose)int.MaxValue), "3", "traits.purpose" },
        { "unknown project", "Place", Place(request => request.Traits.Project = "nobody"), "5", "traits.project" },
        { "long project", "Place", Place(request => request.Traits.Project = Megabyte), "5", "traits.project" },
        { "no project", "Place", Place(request => request.Traits.Project = ""), "5", "traits.project" },
        { "unknown budget", "Place", Place(request => request.Traits.Budget = "none"), "5", "traits.budget" },
        { "unknown group", "Place", Place(request => request.Shape.Groups.Add("b200")), "5", "shape.groups" },
        { "long group", "Place", Place(request => request.Shape.Groups.Add(Megabyte)), "5", "shape.groups" },
        { "unknown profile", "Place", Place(request => request.Shape = new Shape { Profile = "none" }), "5", "shape.profile" },
        { "profile of a group without nodes", "Place", Place(request => request.Shape = new Shape { Profile = "elsewhere" }), "5", "shape.profile" },
        { "profile and numbers", "Place", Place(request => request.Shape.Profile = "small"), "3", "shape.gpu_count" },
        { "urgent without permission", "Place", Place(request => request.Traits.Urgent = true), "7", "traits.urgent" },
        { "another under a known id", "Place", Place(request => request.Workload = RefusalWorld.Placed), "6", "workload" },

        // Gangs.
        { "no gang id", "PlaceGang", Gang(request => request.Gang = 0), "3", "gang" },
        { "no role", "PlaceGang", Gang(request => request.Roles.Clear()), "3", "roles" },
        { "long role name", "PlaceGang", Gang(request => request.Roles[0].Name = Megabyte), "3", "roles[" },
        { "no members", "PlaceGang", Gang(request => request.Roles[0].Members.Clear()), "3", "roles[worker].members" },
        { "member 0", "PlaceGang", Gang(request => request.Roles[0].Members[0] = 0), "3", "roles[worker].members" },
        { "member twice", "PlaceGang", Gang(request => request.Roles[0].Members[0] = 2), "3", "roles" },
        { "negative size", "PlaceGang", Gang(request => request.Roles[0].Shape.GpuCount = -1), "3", "roles[worker].shape.gpu_count" },
        { "unknown group of a role", "PlaceGang", Gang(request => request.Roles[0].Shape.Groups.Add("b200")), "5", "roles[worker].shape.groups" },
        { "profile and numbers of a role", "PlaceGang", Gang(request => request.Roles[0].Shape.Profile = "small"), "3", "roles[worker].shape.gpu_count" },
        { "sub-groups that do not divide", "PlaceGang", Gang(request => request.Roles[0].SubgroupSize = 2), "3", "roles[worker].subgroup_size" },
        { "apart from nobody", "PlaceGang", Gang(request => request.Roles[0].ApartFrom.Add("launcher")), "3", "roles[worker].apart_from" },
        { "apart from a long name", "PlaceGang", Gang(request => request.Roles[0].ApartFrom.Add(Megabyte)), "3", "roles[worker].apart_from" },
        { "unknown mode", "PlaceGang", Gang(request => request.Topology = (TopologyMode)3), "3", "topology" },
        { "unknown tier", "PlaceGang", Gang(request => request.HighestTier = 64), "3", "highest_tier" },
        { "more needed than there are", "PlaceGang", Gang(request => request.MinMembers = 4), "3", "min_members" },
        { "unknown project of a gang", "PlaceGang", Gang(request => request.Traits.Project = "nobody"), "5", "traits.project" },
        { "member that is elsewhere", "PlaceGang", Gang(request => request.Roles[0].Members[0] = RefusalWorld.Placed), "9", "roles" },
        { "another under a known gang's id", "PlaceGang", Gang(request => (request.Gang, request.Roles[0].Shape.GpuCount) = (RefusalWorld.Gang, 2)), "6", "gang" },

        // The others.
        { "boundless cycle", "Schedule", new ScheduleRequest { MaxPlacements = int.MaxValue }, "3", "max_placements" },
        { "negative cycle", "Schedule", new ScheduleRequest { MaxPlacements = -1 }, "3", "max_placements" },
        { "budget without a name", "SetBudget", new SetBudgetRequest(), "3", "name" },
        { "long budget name", "SetBudget", new SetBudgetRequest { Name = Megabyte }, "3", "name" },
        { "negative budget", "SetBudget", new SetBudgetRequest { Name = "b", Allowed = -1 }, "3", "allowed" },
        { "no reservation id", "Reserve", Reserve(request => request.Reservation = 0), "3", "reservation" },
        { "reservation without a name", "Reserve", Reserve(request => request.Name = ""), "3", "name" },
        { "no nodes", "Reserve", Reserve(request => request.Nodes = 0), "3", "nodes" },
        { "more nodes than there are", "Reserve", Reserve(request => request.Nodes = int.MaxValue), "3", "nodes" },
        { "reservation in the past", "Reserve", Reserve(request => request.StartMs = 1), "3", "start_ms" },
        { "end before the start", "Reserve", Reserve(request => request.EndMs = request.StartMs), "3", "end_ms" },
        { "end in a million years", "Reserve", Reserve(request => request.EndMs = long.MaxValue), "3", "end_ms" },
        { "unknown group of a reservation", "Reserve", Reserve(request => request.Group = "b200"), "5", "group" },
        { "unknown project of a reservation", "Reserve", Reserve(request => request.Project = "nobody"), "5", "project" },
        { "reservation without quota", "Reserve", Reserve(_ => { }), "9", "project" },
        { "unknown reservation", "CancelReservation", new CancelReservationRequest { Reservation = 99 }, "5", "reservation" },
        { "times that cross", "ListReservations", new ListReservationsRequest { FromMs = 2, ToMs = 1 }, "3", "to_ms" },
        { "nothing to explain", "Explain", new ExplainRequest(), "3", "workload" },
        { "unknown workload to explain", "Explain", new ExplainRequest { Workload = 99 }, "5", "workload" },
        { "long name to explain", "Explain", new ExplainRequest { Name = Megabyte }, "5", "name" },
        { "unknown gang to explain", "Explain", new ExplainRequest { Gang = 99 }, "5", "gang" },
        { "negative age", "ReportCheckpoint", new ReportCheckpointRequest { Workload = RefusalWorld.Placed, AgeSeconds = -1 }, "3", "age_seconds" },
        { "unknown project of a report", "ReportUtilization", new ReportUtilizationRequest { Project = "nobody" }, "5", "project" },
        { "negative report", "ReportUtilization", new ReportUtilizationRequest { Project = "p", GpuSeconds = -1 }, "3", "gpu_seconds" },
        { "busier than measured", "ReportUtilization", new ReportUtilizationRequest { Project = "p", GpuSeconds = 1, BusySeconds = 2 }, "3", "busy_seconds" },
        { "domain without a name", "SetTopology", new SetTopologyRequest { Domains = { new Domain() } }, "3", "domains.name" },
        { "long domain name", "SetTopology", new SetTopologyRequest { Domains = { new Domain { Name = Megabyte } } }, "3", "domains.name" },
        { "unknown child", "SetTopology", new SetTopologyRequest { Domains = { new Domain { Name = "a", Tier = 1, Domains = { "b" } } } }, "3", "domains['a'].domains" },
        { "unknown tier of a domain", "SetTopology", new SetTopologyRequest { Domains = { new Domain { Name = "a", Tier = -1 } } }, "3", "domains['a'].tier" },
        { "no policy", "SetSchedulingPolicy", new SetSchedulingPolicyRequest(), "3", "policy" },
        { "project twice", "SetSchedulingPolicy", Policy(policy => policy.Projects.Add(policy.Projects[0])), "3", "policy.projects[p]" },
        { "negative quota", "SetSchedulingPolicy", Policy(policy => policy.Projects[0].Quotas[0].OnDemand = -2), "3", "policy.projects[p].quotas[*].on_demand" },
        { "profile with a negative size", "SetSchedulingPolicy", Policy(policy => policy.Profiles[0].GpuCount = -1), "3", "policy.profiles[elsewhere].gpu_count" },
        { "spread over nothing", "SetSchedulingPolicy", Policy(policy => policy.SpreadMinNodes = 0), "3", "policy.spread_min_nodes" },
        { "small zone", "SetSchedulingPolicy", Policy(policy => policy.ZoneSmallGpus = -1), "3", "policy.zone_small_gpus" },
        { "zones that cross", "SetSchedulingPolicy", Policy(policy => policy.ZoneMediumGpus = 0), "3", "policy.zone_medium_gpus" },
        { "waiting for nothing", "SetSchedulingPolicy", Policy(policy => policy.Priority = new PriorityRules { PerWaitingHour = 0 }), "3", "policy.priority.per_waiting_hour" },
        {
            "unknown kind in a row", "SetSchedulingPolicy",
            Policy(policy => policy.Priority = new PriorityRules { Table = { new PriorityRow { Category = (Category)7 } } }), "3", "policy.priority.table[0].category"
        },
        { "negative cost", "SetSchedulingPolicy", Policy(policy => policy.Preemption = new PreemptionRules { ServingPerGpu = -1 }), "3", "policy.preemption.serving_per_gpu" },
        { "no horizon", "SetSchedulingPolicy", Policy(policy => policy.Reservations = new ReservationRules { HorizonDays = 0 }), "3", "policy.reservations.horizon_days" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task It_is_refused_by_the_name_of_its_field_and_changes_nothing(string what, string method, IMessage request, string status, string field)
    {
        var result = await world.AskAsync(Service + method, GrpcWire.Frame(request));

        Assert.Equal((what, status), (what, result.Status));
        Assert.StartsWith(field, result.Message, StringComparison.Ordinal);
        // A status travels in a header block, which clients bound.
        Assert.InRange(result.Message.Length, field.Length + 3, 1_000);
        if (!field.EndsWith('['))
            Assert.StartsWith($"{field}: ", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20_000, "roles[worker].members: ")]
    [InlineData(400_000, "request: ")]
    public async Task A_gang_of_too_many_members_is_refused(int members, string message)
    {
        var request = Gang(gang => gang.Roles[0].Members.AddRange(Enumerable.Range(100, members).Select(id => (ulong)id)));
        var result = await world.AskAsync(Service + "PlaceGang", GrpcWire.Frame(request));
        Assert.Equal("3", result.Status);
        Assert.StartsWith(message, result.Message, StringComparison.Ordinal);
    }

    // The workload's id, and then a field of a place request.
    [Theory]
    [InlineData(new byte[] { 0x12, 0x01, 0xFF }, "name: ")]
    [InlineData(new byte[] { 0x12, 0x02, 0x61, 0xC3 }, "name: ")]
    [InlineData(new byte[] { 0x3A, 0x01, 0x80 }, "actor: ")]
    public async Task A_text_that_is_no_UTF8_is_refused(byte[] field, string message)
    {
        var result = await world.AskAsync(Service + "Place", Framed(field));
        Assert.Equal("3", result.Status);
        Assert.StartsWith(message, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PlaceGang", new byte[] { 0x3A, 0x03, 0x0A, 0x01, 0xFF }, "roles[0].name: ")]
    [InlineData("SetTopology", new byte[] { 0x0A, 0x03, 0x1A, 0x01, 0xFF }, "domains[0].nodes[0]: ")]
    [InlineData("SetSchedulingPolicy", new byte[] { 0x0A, 0x05, 0x0A, 0x03, 0x0A, 0x01, 0xFF }, "policy.projects[0].name: ")]
    public async Task A_text_within_that_is_no_UTF8_is_refused(string method, byte[] body, string message)
    {
        var result = await world.AskAsync(Service + method, GrpcWire.Frame(body));
        Assert.Equal("3", result.Status);
        Assert.StartsWith(message, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_claims_more_than_there_is_is_refused_by_the_parser()
        => Assert.Equal("13", (await world.AskAsync(Service + "Place", Framed([0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x00]))).Status);

    private static byte[] Framed(byte[] field) => GrpcWire.Frame([0x09, 9, 0, 0, 0, 0, 0, 0, 0, .. field]);

    private static PlaceRequest Place(Action<PlaceRequest> change)
    {
        var request = new PlaceRequest { Workload = 1, Shape = new Shape { GpuCount = 1 }, Traits = new Traits { Project = "p" } };
        change(request);
        return request;
    }

    private static PlaceGangRequest Gang(Action<PlaceGangRequest> change)
    {
        var request = new PlaceGangRequest
        {
            Gang = 1,
            Traits = new Traits { Project = "p" },
            Roles = { new GangRole { Name = "worker", Shape = new Shape { GpuCount = 1 }, Members = { 1, 2, 3 } } },
        };
        change(request);
        return request;
    }

    private static ReserveRequest Reserve(Action<ReserveRequest> change)
    {
        var start = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeMilliseconds();
        var request = new ReserveRequest { Reservation = 1, Name = "r", Project = "p", Group = "h100", Nodes = 1, StartMs = start, EndMs = start + 60_000 };
        change(request);
        return request;
    }

    private static SetSchedulingPolicyRequest Policy(Action<SchedulingPolicy> change)
    {
        var policy = RefusalWorld.Policy.Clone();
        change(policy);
        return new SetSchedulingPolicyRequest { Policy = policy };
    }
}
