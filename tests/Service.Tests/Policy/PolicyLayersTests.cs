using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Tests.Policy;

public sealed class PolicyLayersTests : IDisposable
{
    private readonly Disk _disk = new();
    private readonly FakeDeclarations _declared = new();

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task A_start_puts_the_file_and_what_is_declared_in_force_as_one()
    {
        _declared.Projects.Add("declared");
        await using var service = await StartAsync("file");
        Assert.Equal(["declared", "file"], Names(service));
        Assert.Equal([2], _declared.InForce);
    }

    [Fact]
    public async Task What_is_put_at_run_time_replaces_the_file_and_the_declared_goes_over_it()
    {
        _declared.Projects.Add("declared");
        await using var service = await StartAsync("file");
        Assert.True((await service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = Policy("put") })).Changed);
        Assert.Equal(["declared", "put"], Names(service));
        Assert.False((await service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = Policy("put") })).Changed);
    }

    [Fact]
    public async Task A_policy_that_is_tried_is_tried_with_what_is_declared_over_it_and_nobody_is_told()
    {
        _declared.Projects.Add("declared");
        await using var service = await StartAsync("file");
        _declared.Projects.Add("later");
        var settled = _declared.Settled;
        var trials = (await service.Scheduler.WhatIfAsync(new WhatIfRequest
        {
            Trials =
            {
                new Trial { SetPolicy = new SetSchedulingPolicyRequest { Policy = Policy("tried") } },
                new Trial { Place = Of(1, "later") },
                new Trial { Place = Of(2, "tried") },
                new Trial { Place = Of(3, "file") },
                new Trial { SetPolicy = new SetSchedulingPolicyRequest() },
            },
        })).Outcomes;
        Assert.Equal([0, 0, 0, 5, 3], trials.Select(trial => trial.Code));
        Assert.Equal(["declared", "file"], Names(service));
        Assert.Equal(settled, _declared.Settled);

        static PlaceRequest Of(ulong id, string project) => new() { Workload = id, Shape = new Shape { GpuCount = 0 }, Traits = new Traits { Project = project } };
    }

    [Fact]
    public async Task A_change_of_what_is_declared_is_in_force_and_nothing_new_is_no_command()
    {
        await using var service = await StartAsync("file");
        _declared.Projects.Add("declared");
        await _declared.SetPolicyAsync();
        Assert.Equal(["declared", "file"], Names(service));
        var sequence = service.Loop.Snapshot.Sequence;
        await _declared.SetPolicyAsync();
        Assert.Equal(sequence, service.Loop.Snapshot.Sequence);
    }

    [Fact]
    public async Task Without_a_file_what_was_underneath_before_a_restart_is_so_after_it()
    {
        _declared.Projects.Add("declared");
        await using (var service = await StartAsync("file"))
            await service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = Policy("put") });
        _declared.Projects.Clear();
        await using var again = await StartAsync(file: null);
        Assert.Equal(["put"], Names(again));
    }

    [Fact]
    public async Task A_policy_that_is_refused_leaves_both_layers_as_they_were()
    {
        await using var service = await StartAsync("file");
        var bad = Policy("put");
        bad.Projects[0].Workspace = "";
        await Assert.ThrowsAsync<RequestRefusedException>(() => service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = bad }));
        Assert.Contains("workspace", _declared.Refusal);
        _declared.Projects.Add("declared");
        await _declared.SetPolicyAsync();
        Assert.Equal(["declared", "file"], Names(service));
    }

    [Fact]
    public async Task A_whole_that_is_refused_for_what_is_declared_does_not_keep_the_service_from_starting()
    {
        _declared.Projects.Add("");
        await using var service = await StartAsync(file: null);
        Assert.Contains("projects[0].name", _declared.Refusal);
        Assert.Empty(Names(service));
    }

    [Fact]
    public async Task A_damaged_file_is_named()
    {
        await (await StartAsync("file")).DisposeAsync();
        var path = Path.Combine(_disk.Path, "policy.bin");
        await File.WriteAllBytesAsync(path, [0xff, 0xff]);
        var damage = await Assert.ThrowsAsync<InvalidDataException>(() => StartAsync(file: null));
        Assert.Contains(path, damage.Message);
    }

    private static IEnumerable<string> Names(HotpathService service) => service.Loop.Snapshot.Policy.Projects.Select(project => project.Name);

    private static SchedulingPolicy Policy(string project) => new() { Projects = { new Project { Name = project, Workspace = "w" } } };

    private Task<HotpathService> StartAsync(string? file) => HotpathService.StartAsync(
        new HotpathOptions { DataDirectory = _disk.Path }, new FakeCluster().WithNodes("n1"), new NoWakeups(), TimeProvider.System, NullLoggerFactory.Instance, default,
        service => file is null ? Task.CompletedTask : service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = Policy(file) }), declarations: _declared);

    /// <summary>Declares projects by their names.</summary>
    private sealed class FakeDeclarations : IDeclarations
    {
        private TaskCompletionSource<Func<CancellationToken, Task>> _setPolicy = new();
        private bool _synced;

        public SortedSet<string> Projects { get; } = new(StringComparer.Ordinal);

        /// <summary>How many projects the engine had, each time it was asked for more of them.</summary>
        public SortedSet<int> InForce { get; } = [];

        public string? Refusal { get; private set; }

        public int Settled { get; private set; }

        public async Task SetPolicyAsync() => await (await _setPolicy.Task)(default);

        public Task SyncedAsync(CancellationToken cancellation)
        {
            (_synced, _setPolicy) = (true, new());
            return Task.CompletedTask;
        }

        public SchedulingPolicy Over(SchedulingPolicy underneath, SchedulingPolicy inForce)
        {
            Assert.True(_synced);
            if (inForce.Projects.Count > 0)
                InForce.Add(inForce.Projects.Count);
            var whole = underneath.Clone();
            whole.Projects.AddRange(Projects.Select(name => new Project { Name = name, Workspace = "w" }));
            return whole;
        }

        public void Settle(string? refusal)
        {
            (Refusal, Settled) = (refusal, Settled + 1);
        }

        public Task RunAsync(ISchedulerApi scheduler, Func<ClusterSnapshot> snapshot, Func<CancellationToken, Task> setPolicy, CancellationToken cancellation)
        {
            _setPolicy.SetResult(setPolicy);
            return Task.CompletedTask;
        }
    }
}
