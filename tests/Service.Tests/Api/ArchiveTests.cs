using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;
using AlertKind = Pipeline.Scheduling.Repair.AlertKind;

namespace Pipeline.Hotpath.Tests.Api;

public sealed class ArchiveTests
{
    private const int Nodes = 100;

    [Fact]
    public async Task Ended_runs_that_the_engine_forgot_are_found_and_listed_in_order()
    {
        const int Rounds = 12;
        using var disk = new Disk();
        List<string> expected;
        await using (var world = new DiskWorld(disk))
        {
            await Commands.FillAsync(world.Loop, Nodes);
            for (var round = 0; round < Rounds; round++)
                await RepairAllAsync(world, $"f{round}");
            await world.Loop.SubmitAsync(Commands.Alert(1, "live"));
            expected = [.. world.Loop.Snapshot.Repair.NewestFirst().Select(run => run.Id)];
            Assert.Equal((Nodes * Rounds) + 1, expected.Count);

            await world.Checkpointer.CheckpointAsync();
            // A second one must not take the archive for parts that are gone.
            await world.Loop.SubmitAsync(Commands.Place(1));
            await world.Checkpointer.CheckpointAsync();
            Assert.True(world.Loop.Snapshot.Repair.Ended.Count <= Forgetting.KeptRuns);
            await AssertAllAsync(world);
        }

        await using var next = new DiskWorld(disk);
        Assert.True(next.Loop.Snapshot.Repair.Ended.Count <= Forgetting.KeptRuns);
        await next.Checkpointer.CheckpointAsync();
        await AssertAllAsync(next);

        async Task AssertAllAsync(DiskWorld world)
        {
            var api = new RepairApi(world.Loop, world.Durable);
            Assert.Equal(expected, await ListAsync(api));
            var oldest = (await api.GetRunAsync(new GetRunRequest { Id = expected[^1] })).Run;
            Assert.Equal((expected[^1], true), (oldest.Id, oldest.Ended));
            Assert.Null((await api.GetRunAsync(new GetRunRequest { Id = "r-0-1" })).Run);
            Assert.Null((await api.GetRunAsync(new GetRunRequest { Id = "" })).Run);
            var live = await api.ListRunsAsync(new ListRunsRequest { LiveOnly = true });
            Assert.Equal(expected[..1], live.Runs.Select(run => run.Id));
        }
    }

    [Fact]
    public async Task What_a_run_came_to_while_the_checkpoint_was_written_is_not_lost()
    {
        using var disk = new Disk();
        await using var world = new DiskWorld(disk);
        await Commands.FillAsync(world.Loop, Nodes);
        await world.Loop.SubmitAsync(Commands.Alert(1, "first"));
        await world.Loop.SubmitAsync(Commands.Resolve(1, "first"));
        var first = world.Loop.Run(1).Id;
        await world.Loop.SubmitAsync(new ConfirmMarkCommand { Node = Commands.NodeName(1), Run = first, Marked = false });
        for (var round = 0; round < 11; round++)
            await RepairAllAsync(world, $"f{round}");

        var told = false;
        world.Gate.At = _ =>
        {
            if (told)
                return;
            told = true;
            TellAsync().GetAwaiter().GetResult();
        };
        await world.Checkpointer.CheckpointAsync();
        Assert.True(told);
        await world.Checkpointer.CheckpointAsync();

        var run = (await new RepairApi(world.Loop, world.Durable).GetRunAsync(new GetRunRequest { Id = first })).Run;
        Assert.Equal("there", Assert.Single(run.Tellings).Reference);

        async Task TellAsync()
        {
            await world.Loop.SubmitAsync(new ClaimTellingCommand { Run = first, Teller = "t", Lease = 1000 });
            await world.Loop.SubmitAsync(
                new RecordTellingCommand { Run = first, Teller = "t", Sender = "log", Reference = "there", Told = 1000, Release = true });
        }
    }

    [Fact]
    public async Task Alert_records_that_the_engine_forgot_are_listed_in_order()
    {
        const int Reports = 28;
        const int Each = 400;
        using var disk = new Disk();
        await using var world = new DiskWorld(disk);
        await Task.WhenAll(Enumerable.Range(0, Reports).Select(async report =>
        {
            var command = Commands.Alert(1, kind: AlertKind.Test);
            command.Alerts = [.. Enumerable.Range(0, Each).Select(i => command.Alerts[0] with { Fingerprint = $"{report}-{i}" })];
            await world.Loop.SubmitAsync(command);
        }));
        await world.Checkpointer.CheckpointAsync();
        Assert.Equal(Forgetting.KeptAlerts, world.Loop.Snapshot.Repair.Alerts.Count);

        var api = new RepairApi(world.Loop, world.Durable);
        var numbers = new List<long>();
        var request = new ListAlertsRequest { Limit = 999 };
        do
        {
            var page = await api.ListAlertsAsync(request);
            numbers.AddRange(page.Alerts.Select(record => record.Number));
            request.Continue = page.Continue;
        }
        while (request.Continue.Length > 0);

        Assert.Equal(Enumerable.Range(1, Reports * Each).Select(number => (long)number).Reverse(), numbers);
    }

    /// <summary>A run on every node that ends, is unmarked and told: settled, so it may be forgotten.</summary>
    private static async Task RepairAllAsync(DiskWorld world, string fingerprint)
    {
        await EachNodeAsync(node => Commands.Alert(node, fingerprint));
        await EachNodeAsync(node => Commands.Resolve(node, fingerprint));
        await EachNodeAsync(node => new ConfirmMarkCommand { Node = Commands.NodeName(node), Run = world.Loop.Run(node).Id, Marked = false });
        await EachNodeAsync(node => new ClaimTellingCommand { Run = world.Loop.Run(node).Id, Teller = "t", Lease = 1000 });
        await EachNodeAsync(node => new RecordTellingCommand { Run = world.Loop.Run(node).Id, Teller = "t", Sender = "log", Told = 1000, Release = true });

        Task EachNodeAsync(Func<int, Command> command)
            => Task.WhenAll(Enumerable.Range(1, Nodes).Select(node => world.Loop.SubmitAsync(command(node)).AsTask()));
    }

    private static async Task<List<string>> ListAsync(RepairApi api)
    {
        var ids = new List<string>();
        var request = new ListRunsRequest { Limit = 170 };
        do
        {
            var page = await api.ListRunsAsync(request);
            ids.AddRange(page.Runs.Select(run => run.Id));
            request.Continue = page.Continue;
        }
        while (request.Continue.Length > 0);
        return ids;
    }
}
