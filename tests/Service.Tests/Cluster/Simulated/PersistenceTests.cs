using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated;
using static Pipeline.Contracts.Cluster.NodeActionKind;

namespace Pipeline.Hotpath.Tests.Cluster.Simulated;

public sealed class PersistenceTests : IDisposable
{
    private const string FileName = "changes.jsonl";

    private readonly string _directory = Directory.CreateTempSubdirectory("simulation-").FullName;
    private readonly FakeTime _time = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private SimulatedClusterOptions Kept => Bench.Plain with { Nodes = 2, Directory = _directory };

    private string File => Path.Combine(_directory, FileName);

    [Fact]
    public void The_hardware_does_not_heal_because_the_process_died()
    {
        using (var bench = new Bench(Kept, _time))
        {
            bench.PlaceOne(0b1);
            bench.Break("deadGpu", gpu: 2);
            bench.Cluster.MarkAsync(new NodeMark(Bench.Node, "run-1", "Draining", "Drain"), default);
            bench.Cluster.SetForeignCordon(Bench.Other, true);
        }

        using var again = new Bench(Kept, _time);
        Assert.Contains("GPU 2", Assert.Single(again.Health().Problems));
        Assert.Single(again.On());
        Assert.Equal("run-1", again.NodeOf().CordonOwner);
        Assert.Equal("person", again.NodeOf(Bench.Other).CordonOwner);
    }

    [Fact]
    public void An_action_goes_on_across_a_restart_and_runs_once()
    {
        using (var bench = new Bench(Kept, _time))
        {
            bench.Break("xid79");
            bench.Start(Reboot, "run/a");
        }

        _time.Advance(TimeSpan.FromSeconds(100));
        using (var bench = new Bench(Kept, _time))
        {
            Assert.Equal(TimeSpan.FromSeconds(140), bench.Start(Reboot, "run/a").CheckAfter);
            Assert.False(bench.NodeOf().Reachable);
        }

        _time.Advance(TimeSpan.FromSeconds(1000));
        using var last = new Bench(Kept, _time);
        Assert.Equal(ActionState.Succeeded, last.Start(Reboot, "run/a").State);
        Assert.True(last.Health().Healthy);
        Assert.Single(last.Cluster.ActionsOf(Bench.Node));
    }

    [Fact]
    public void An_action_takes_no_longer_because_the_clock_is_set_back()
    {
        using (var bench = new Bench(Kept, _time))
        {
            bench.Start(Reboot, "run/a");
            _time.SetBack(TimeSpan.FromHours(1));
            _time.Advance(TimeSpan.FromSeconds(140));
            Assert.InRange(bench.Start(Reboot, "run/a").CheckAfter, TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(240));
        }

        using var again = new Bench(Kept, _time);
        _time.Advance(TimeSpan.FromSeconds(300));
        Assert.Equal(ActionState.Succeeded, again.Start(Reboot, "run/a").State);
    }

    [Fact]
    public void A_watch_after_a_restart_asks_for_a_listing_first()
    {
        new Bench(Kept, _time).Dispose();
        using var bench = new Bench(Kept, _time);
        Assert.IsType<ClusterEvent.Resync>(Assert.Single(Bench.Drain(bench.Cluster.OpenWatch())));
        bench.List();
        Assert.Empty(Bench.Drain(bench.Cluster.OpenWatch()));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(16)]
    public void A_cluster_that_is_killed_again_and_again_equals_one_that_never_was(int compactAfter)
    {
        for (var seed = 1; seed <= Cases.Of(8); seed++)
        {
            var directory = Path.Combine(_directory, $"{seed}");
            var options = Kept with
            {
                Nodes = 4,
                Speed = 10,
                ActionFailurePercent = 20,
                BudgetPercent = 30,
                CompactAfter = compactAfter,
                Directory = directory,
            };
            using var never = new Bench(options with { Directory = null });
            var (calls, sameCalls, kills) = (new Random(seed), new Random(seed), new Random(-seed));
            var time = new FakeTime();
            var killed = new Bench(options, time);
            for (var step = 0; step < 200; step++)
            {
                Script.Step(calls, never.Cluster, never.Time, step);
                Script.Step(sameCalls, killed.Cluster, time, step);
                if (kills.Next(5) != 0)
                    continue;
                killed.Dispose();
                killed = new Bench(options, time);
            }

            Assert.Equal(Script.Picture(never.Cluster), Script.Picture(killed.Cluster));
            killed.Dispose();
        }
    }

    [Fact]
    public void A_last_line_that_is_torn_at_any_byte_never_happened()
    {
        var pictures = new List<string>();
        using (var bench = new Bench(Kept, _time))
        {
            void Then(Action change)
            {
                change();
                pictures.Add(Script.Picture(bench.Cluster));
            }

            Then(() => { });
            Then(() => bench.PlaceOne(0b1));
            Then(() => bench.Break("xid79", gpu: 3));
            Then(() => bench.Start(DriverReset, "run/a"));
            Then(() => bench.Cluster.MarkAsync(new NodeMark(Bench.Node, "run-é", "Acting", "Reboot"), default));
        }

        var whole = System.IO.File.ReadAllBytes(File);
        Assert.Equal(pictures.Count, whole.Count(value => value == '\n'));
        for (var length = 0; length <= whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            var complete = whole.AsSpan(0, length).Count((byte)'\n');
            using (var bench = new Bench(Kept, _time))
            {
                Assert.Equal(pictures[Math.Max(0, complete - 1)], Script.Picture(bench.Cluster));
                bench.Cluster.SetForeignCordon(Bench.Other, true);
            }

            using var again = new Bench(Kept, _time);
            Assert.Equal("person", again.NodeOf(Bench.Other).CordonOwner);
        }
    }

    [Fact]
    public void A_damaged_line_is_refused_by_file_and_line()
    {
        using (var bench = new Bench(Kept, _time))
        {
            bench.Break("xid79");
            bench.Break("xid48");
        }

        var lines = System.IO.File.ReadAllLines(File);
        lines[1] = lines[1][..10];
        System.IO.File.WriteAllLines(File, lines);
        var error = Assert.Throws<InvalidDataException>(() => new Bench(Kept, _time));
        Assert.Contains($"{FileName} line 2", error.Message);
    }

    [Fact]
    public void A_snapshot_that_is_cut_off_is_refused()
    {
        using (var bench = new Bench(Kept with { CompactAfter = 16 }, _time))
        {
            // The line of the cluster's making is the sixteenth.
            for (var change = 0; change < 15; change++)
                bench.Break("xid48", gpu: change % 8);
        }

        var lines = System.IO.File.ReadAllLines(File);
        Assert.Contains("imageEnd", lines[^1]);
        System.IO.File.WriteAllLines(File, lines[..^1]);
        Assert.Contains("cut off", Assert.Throws<InvalidDataException>(() => new Bench(Kept, _time)).Message);
    }

    [Fact]
    public void The_file_stays_short()
    {
        using (var bench = new Bench(Kept with { CompactAfter = 50 }, _time))
        {
            for (var change = 0; change < 5_000; change++)
                bench.Cluster.SetForeignCordon(Bench.Node, change % 2 == 0);
        }

        Assert.InRange(System.IO.File.ReadAllLines(File).Length, 1, 150);
        using var again = new Bench(Kept, _time);
        Assert.Equal("", again.NodeOf().CordonOwner);
    }

    [Fact]
    public void A_snapshot_that_cannot_be_written_costs_nothing_but_space()
    {
        Directory.CreateDirectory(File + ".new");
        using (var bench = new Bench(Kept with { CompactAfter = 16 }, _time))
        {
            for (var change = 0; change < 101; change++)
                bench.Cluster.SetForeignCordon(Bench.Node, change % 2 == 0);
        }

        Directory.Delete(File + ".new");
        Assert.Equal(102, System.IO.File.ReadAllLines(File).Length);
        using var again = new Bench(Kept, _time);
        Assert.Equal("person", again.NodeOf().CordonOwner);
    }

    [Theory]
    [InlineData(3, 1ul, "Simulation:Nodes")]
    [InlineData(2, 7ul, "Simulation:Seed")]
    public void A_directory_of_another_cluster_is_refused_by_setting(int nodes, ulong seed, string setting)
    {
        new Bench(Kept, _time).Dispose();
        var error = Assert.Throws<InvalidDataException>(() => new Bench(Kept with { Nodes = nodes, Seed = seed }, _time));
        Assert.StartsWith(setting, error.Message);
        new Bench(Kept, _time).Dispose();
    }

    [Fact]
    public void Two_processes_cannot_share_a_directory()
    {
        using var bench = new Bench(Kept, _time);
        Assert.ThrowsAny<IOException>(() => new SimulatedCluster(Kept, _time, NullLogger.Instance));
    }
}
