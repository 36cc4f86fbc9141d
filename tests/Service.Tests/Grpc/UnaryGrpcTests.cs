using Google.Protobuf;
using Pipeline.Contracts.Grpc.Health.V1;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Grpc;

public sealed class UnaryGrpcTests : IAsyncLifetime
{
    private const string Check = "/grpc.health.v1.Health/Check";
    private const string Place = "/pipeline.v1.Scheduler/Place";
    private ServiceWorld _world = null!;

    public async Task InitializeAsync() => _world = await ServiceWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("pipeline.v1.Scheduler")]
    public async Task Health_serves(string service)
    {
        var reply = (await _world.Grpc.CallAsync(Check, new HealthCheckRequest { Service = service })).Reply(HealthCheckResponse.Parser);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, reply.Status);
    }

    [Fact]
    public async Task Health_does_not_know_every_service_and_says_so_in_any_script()
    {
        var result = await _world.Grpc.CallAsync(Check, new HealthCheckRequest { Service = "Ümläut 100%\n" });
        Assert.Equal((200, "5"), (result.HttpStatus, result.Status));
        Assert.Equal("There is no service Ümläut 100%\n.", result.Message);
    }

    [Fact]
    public async Task A_workload_is_placed_confirmed_listed_and_released()
    {
        var request = new PlaceRequest { Workload = 7, Name = "team/w", Shape = new Shape { GpuCount = 2, GpuMilli = 1000, Groups = { "h100" } } };
        var placed = (await _world.Grpc.CallAsync(Place, request)).Reply(PlaceReply.Parser);
        Assert.Equal((PlaceOutcome.Placed, "gpu-0001", 0b11u), (placed.Outcome, placed.Node, placed.GpuMask));
        Assert.Equal(PlaceOutcome.AlreadyPlaced, (await _world.Grpc.CallAsync(Place, request)).Reply(PlaceReply.Parser).Outcome);

        var confirm = await _world.Grpc.CallAsync("/pipeline.v1.Scheduler/Confirm", new ConfirmRequest { Workload = 7 });
        Assert.True(confirm.Reply(ConfirmReply.Parser).Confirmed);
        var listed = (await _world.Grpc.CallAsync("/pipeline.v1.Cluster/ListWorkloads", new ListWorkloadsRequest())).Reply(ListWorkloadsReply.Parser);
        Assert.Equal(("7", true), (Assert.Single(listed.Workloads).Id, listed.Workloads[0].Bound));
        var release = await _world.Grpc.CallAsync("/pipeline.v1.Scheduler/Release", new ReleaseRequest { Workload = 7 });
        Assert.True(release.Reply(ReleaseReply.Parser).Released);
    }

    [Fact]
    public async Task A_workload_goes_to_one_of_the_nodes_that_are_named_and_unknown_names_are_counted()
    {
        var request = new PlaceRequest { Workload = 7, Name = "team/w", Shape = new Shape { GpuCount = 2 }, Nodes = { "gpu-0002", "gone", "gpu-0002" } };
        var placed = (await _world.Grpc.CallAsync(Place, request)).Reply(PlaceReply.Parser);
        Assert.Equal((PlaceOutcome.Placed, "gpu-0002", 1), (placed.Outcome, placed.Node, placed.UnknownNodes));
        var nowhere = request.Clone();
        (nowhere.Workload, nowhere.Nodes[0], nowhere.Nodes[2]) = (8, "gone", "gone");
        Assert.Equal(PlaceOutcome.NoFit, (await _world.Grpc.CallAsync(Place, nowhere)).Reply(PlaceReply.Parser).Outcome);
        nowhere.Wait = true;
        var refused = await _world.Grpc.CallAsync(Place, nowhere);
        Assert.Equal(("3", "wait: what may only go to some nodes cannot wait in the queue"), (refused.Status, refused.Message));
    }

    [Theory]
    [InlineData("/pipeline.v1.Scheduler/Nope")]
    [InlineData("/nope.Nope/Nope")]
    [InlineData("/pipeline.v1.Scheduler")]
    public async Task An_unknown_method_is_unimplemented(string method)
        => Assert.Equal("12", (await _world.Grpc.CallAsync(method, new HealthCheckRequest())).Status);

    [Theory]
    [InlineData("application/json", 415)]
    [InlineData("application/grpc-web", 415)]
    [InlineData("application/grpc+json", 415)]
    [InlineData("application/grpc+proto", 200)]
    [InlineData("application/grpc;charset=utf-8", 200)]
    public async Task Only_grpc_with_protobuf_is_taken(string contentType, int status)
    {
        var result = await _world.Grpc.CallAsync(Check, new ByteArrayContent(GrpcWire.Frame(new HealthCheckRequest())), contentType);
        Assert.Equal(status, result.HttpStatus);
    }

    [Fact]
    public async Task Garbage_is_an_internal_error()
        => Assert.Equal("13", await StatusOfAsync(GrpcWire.Frame([0xFF, 0xFF, 0xFF])));

    [Fact]
    public async Task A_flag_that_is_neither_0_nor_1_is_an_internal_error()
        => Assert.Equal("13", await StatusOfAsync(GrpcWire.Frame(new HealthCheckRequest(), flag: 7)));

    [Fact]
    public async Task A_message_flagged_as_compressed_by_nothing_is_an_internal_error()
        => Assert.Equal("13", await StatusOfAsync(GrpcWire.Frame(new HealthCheckRequest(), flag: 1)));

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public async Task A_message_that_is_cut_is_an_internal_error(int length)
        => Assert.Equal("13", await StatusOfAsync(GrpcWire.Frame(new HealthCheckRequest { Service = "0123456789" })[..length]));

    [Fact]
    public async Task No_message_is_unimplemented() => Assert.Equal("12", await StatusOfAsync([]));

    [Fact]
    public async Task Two_messages_are_unimplemented()
    {
        var frame = GrpcWire.Frame(new HealthCheckRequest());
        Assert.Equal("12", await StatusOfAsync([.. frame, .. frame]));
    }

    [Fact]
    public async Task An_oversized_message_is_refused_by_its_length_alone()
    {
        // The body stays open: whoever waited for the rest would wait for ever.
        var open = new TaskCompletionSource();
        var result = await _world.Grpc.CallAsync(Check, new PiecewiseContent([[0, .. GrpcWire.Length(1L << 31)]], open.Task));
        open.SetResult();
        Assert.Equal("8", result.Status);
    }

    [Fact]
    public async Task A_message_may_come_in_any_pieces()
    {
        var frame = GrpcWire.Frame(new HealthCheckRequest { Service = "pipeline.v1.Repair" });
        var result = await _world.Grpc.CallAsync(Check, new PiecewiseContent(frame.Select(octet => new[] { octet })));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, result.Reply(HealthCheckResponse.Parser).Status);
    }

    [Fact]
    public async Task A_call_ends_at_its_deadline_also_while_its_body_is_awaited()
    {
        var open = new TaskCompletionSource();
        var result = await _world.Grpc.CallAsync(Check, new PiecewiseContent([[0, 0]], open.Task), timeout: "20m");
        open.SetResult();
        Assert.Equal("4", result.Status);
    }

    [Fact]
    public async Task A_call_ends_at_its_deadline_while_the_loop_is_busy_and_the_late_reply_harms_nobody()
    {
        using var blocked = new ManualResetEventSlim();
        var blocker = _world.Service.Loop.SubmitAsync(new BlockingCommand(blocked)).AsTask();
        // Long enough for every call to reach the loop on a busy machine: one that ends before places nothing.
        var late = await Task.WhenAll(Enumerable.Range(1, 20).Select(i => _world.Grpc.CallAsync(Place, new PlaceRequest { Workload = (ulong)i }, timeout: "1S")));
        blocked.Set();
        await blocker;

        Assert.All(late, result => Assert.Equal(("4", 0), (result.Status, result.Body.Length)));
        var replies = await Task.WhenAll(Enumerable.Range(1, 20).Select(i => _world.Grpc.CallAsync(Place, new PlaceRequest { Workload = (ulong)i })));
        Assert.All(replies, result => Assert.Equal(PlaceOutcome.AlreadyPlaced, result.Reply(PlaceReply.Parser).Outcome));
    }

    [Theory]
    [InlineData("pipeline.v1.Repair/ListRuns")]
    [InlineData("pipeline.v1.Repair/ListAlerts")]
    [InlineData("pipeline.v1.Cluster/ListNodes")]
    [InlineData("pipeline.v1.Cluster/ListWorkloads")]
    public async Task A_bad_paging_token_is_an_invalid_argument(string method)
    {
        // The requests have the token under the same number.
        var result = await _world.Grpc.CallAsync("/" + method, new ListRunsRequest { Continue = "x" });
        Assert.Equal("3", result.Status);
        Assert.Contains("continue", result.Message);
    }

    [Fact]
    public async Task What_the_engine_finds_invalid_is_an_invalid_argument_that_names_the_field()
    {
        await _world.Service.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        var alert = await _world.Grpc.CallAsync("/pipeline.v1.Repair/ReportAlerts", new ReportAlertsRequest { Alerts = { new Alert { Fingerprint = "f" } } });
        Assert.Equal(("3", true), (alert.Status, alert.Message.Contains("alerts[0].status", StringComparison.Ordinal)));
        var step = await _world.Grpc.CallAsync("/pipeline.v1.Repair/BeginStep", new BeginStepRequest());
        Assert.Equal(("3", true), (step.Status, step.Message.StartsWith("message:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_alert_that_starts_after_all_dates_is_an_invalid_argument()
    {
        await _world.Service.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        var alert = new Alert { Fingerprint = "f", StartsAt = 1_700_000_000_000_000_000, Status = AlertStatus.Firing, Kind = AlertKind.Fault };
        var result = await _world.Grpc.CallAsync("/pipeline.v1.Repair/ReportAlerts", new ReportAlertsRequest { Alerts = { alert } });
        Assert.Equal("3", result.Status);
        Assert.StartsWith("alerts[0].starts_at:", result.Message);
    }

    private async Task<string> StatusOfAsync(byte[] body) => (await _world.Grpc.CallAsync(Check, new ByteArrayContent(body))).Status;
}
