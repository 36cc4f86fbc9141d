using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>A cluster driven by commands, with a clock that the test sets.</summary>
internal sealed class TestCluster(ClusterState? state = null)
{
    public ClusterState State { get; } = state ?? new ClusterState();

    public EffectBuffer Effects { get; } = new();

    public long Now { get; set; } = 1_000_000;

    public ClusterSnapshot Snapshot() => State.Publish(1, Now);

    /// <summary>A cluster of its own in the state of this one.</summary>
    public TestCluster Fork() => new(WhatIf.Fork(Snapshot())) { Now = Now };

    public NodeView Node(string name)
    {
        Assert.True(Snapshot().TryFindNode(name, out var node), name);
        return node;
    }

    public Reply Do(Command command) => Engine.Step(State, command, Now, Effects);

    public Reply AddNode(
        string name, int gpus = 8, long cpu = 64_000, long memory = 512_000, string group = "a", bool reachable = true, bool cordoned = false,
        int maxWorkloads = NodeTable.NoLimit)
        => Do(new UpsertNodeCommand
        {
            Name = name,
            GpuCount = gpus,
            CpuMilli = cpu,
            MemoryMib = memory,
            Group = group,
            Reachable = reachable,
            ForeignCordon = cordoned,
            MaxWorkloads = maxWorkloads,
        });

    public Reply Place(ulong id, int gpus = 1, int milli = 1000, long cpu = 1000, long memory = 1000, int group = -1)
        => Place(id, GroupSet.OfOrAny(group), gpus, milli, cpu, memory);

    public Reply Place(ulong id, GroupSet groups, int gpus = 1, int milli = 1000, long cpu = 1000, long memory = 1000)
        => Do(new PlaceCommand
        {
            Workload = id,
            Name = $"test/w{id}",
            GpuCount = gpus,
            GpuMilli = milli,
            CpuMilli = cpu,
            MemoryMib = memory,
            Groups = groups,
        });

    public Reply Bind(ulong id, string node, uint mask = 1, int milli = 1000, long cpu = 1000, long memory = 1000)
        => Do(new BindCommand
        {
            Workload = id,
            Name = $"test/w{id}",
            Node = node,
            GpuMask = mask,
            GpuMilli = milli,
            CpuMilli = cpu,
            MemoryMib = memory,
        });

    public Reply Release(ulong id) => Do(new ReleaseCommand { Workload = id });

    public Reply Confirm(ulong id) => Do(new ConfirmCommand { Workload = id });

    public Reply Remove(string node) => Do(new RemoveNodeCommand { Name = node });

    public Reply Sweep() => Do(new SweepCommand());
}
