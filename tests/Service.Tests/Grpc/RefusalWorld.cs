using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Grpc;

/// <summary>A service with a policy, a placed workload and a placed gang. Every call leaves it as it was.</summary>
public sealed class RefusalWorld : IAsyncLifetime
{
    public const ulong Placed = 1_000;
    public const ulong Gang = 2_000;

    private ServiceWorld _world = null!;

    internal static SchedulingPolicy Policy { get; } = new()
    {
        Projects = { new Project { Name = "p", Workspace = "w", Quotas = { new Quota { Group = "*", OnDemand = -1 } } } },
        Profiles =
        {
            new MachineProfile { Name = "elsewhere", GpuCount = 1, Group = "nowhere" },
            new MachineProfile { Name = "small", GpuCount = 1, CpuMilli = 1000, MemoryMib = 1000 },
        },
    };

    public async Task InitializeAsync()
    {
        _world = await ServiceWorld.StartAsync();
        var (api, traits) = (_world.Service.Scheduler, new Traits { Project = "p" });
        await api.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = Policy });
        var placed = await api.PlaceAsync(new PlaceRequest { Workload = Placed, Shape = new Shape { Profile = "small" }, Traits = traits });
        Assert.Equal(PlaceOutcome.Placed, placed.Outcome);
        var gang = new PlaceGangRequest { Gang = Gang, Traits = traits, Roles = { new GangRole { Name = "worker", Shape = new Shape { GpuCount = 1 }, Members = { 2_001, 2_002 } } } };
        Assert.Equal(PlaceOutcome.Placed, (await api.PlaceGangAsync(gang)).Outcome);
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    internal async Task<GrpcResult> AskAsync(string method, byte[] body)
    {
        var before = _world.Service.Loop.Snapshot.ImageHash();
        var result = await _world.Grpc.CallAsync(method, new ByteArrayContent(body));
        Assert.Equal(before, _world.Service.Loop.Snapshot.ImageHash());
        return result;
    }
}
