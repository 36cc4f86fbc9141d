using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Call = Pipeline.Hotpath.Tests.Support.StreamCall<Pipeline.Contracts.V1.PlaceStreamReply>;

namespace Pipeline.Hotpath.Tests.Grpc;

public sealed class PlaceStreamTests
{
    [Fact]
    public async Task The_server_begins_with_the_credits_and_each_answer_gives_one_back()
    {
        await using var world = await StreamWorld.StartAsync(window: 8);
        await using var call = await world.OpenAsync();
        var first = (await call.ReadAsync())!;
        Assert.Equal((8u, PlaceStreamReply.AnswerOneofCase.None), (first.Credits, first.AnswerCase));

        await call.SendAsync(Place(1), Place(2));
        Assert.All(await call.ReadAsync(2), reply => Assert.Equal(1u, reply.Credits));
    }

    [Fact]
    public async Task Answers_carry_the_tags_of_their_requests_in_order_and_a_refusal_keeps_nothing_from_being_decided()
    {
        await using var world = await StreamWorld.StartAsync();
        await using var call = await world.OpenAsync();
        await call.ReadAsync();
        var elsewhere = Place(3);
        elsewhere.Place.Shape.Groups.Add("nowhere");
        var negative = Place(4);
        negative.Place.Shape.GpuCount = -1;
        await call.SendAsync(
            Place(1), new PlaceStreamRequest { Tag = 2 }, elsewhere, negative, Place(5),
            new PlaceStreamRequest { Tag = 6, Confirm = new ConfirmRequest { Workload = 1 } }, new PlaceStreamRequest { Tag = 7, Release = new ReleaseRequest { Workload = 1 } },
            new PlaceStreamRequest { Tag = 8, Release = new ReleaseRequest { Workload = 1 } });
        var answers = await call.ReadAsync(8);

        Assert.Equal(Enumerable.Range(1, 8).Select(tag => (ulong)tag), answers.Select(answer => answer.Tag));
        Assert.Equal((PlaceOutcome.Placed, PlaceOutcome.Placed), (answers[0].Place.Outcome, answers[4].Place.Outcome));
        Assert.Equal((3, "command: must be present"), (answers[1].Error.Code, answers[1].Error.Message));
        Assert.Equal((5, "shape.groups: there is no machine group 'nowhere'"), (answers[2].Error.Code, answers[2].Error.Message));
        Assert.Equal((3, true), (answers[3].Error.Code, answers[3].Error.Message.StartsWith("shape.gpu_count: -1", StringComparison.Ordinal)));
        Assert.Equal((true, true, false), (answers[5].Confirm.Confirmed, answers[6].Release.Released, answers[7].Release.Released));
    }

    [Fact]
    public async Task More_than_a_turn_takes_is_decided_in_several_and_what_is_decided_again_is_not_the_command_before()
    {
        await using var world = await StreamWorld.StartAsync(loop: new LoopOptions { MaxBatch = 4 });
        await using var call = await world.OpenAsync();
        await call.ReadAsync();
        for (var round = 0; round < 3; round++)
        {
            var named = Place(1);
            named.Place.Shape.CpuMilli = 5;
            named.Place.Traits = new Traits { Category = Category.Serving, RestartSeconds = 7 };
            PlaceStreamRequest[] places = [named, .. Enumerable.Range(2, 7).Select(tag => Place((ulong)tag))];
            var releases = places.Select(place => new PlaceStreamRequest { Tag = place.Tag, Release = new ReleaseRequest { Workload = place.Tag } });
            await call.SendAsync(places.Concat(releases));
            var answers = await call.ReadAsync(16);
            Assert.All(answers[..8], answer => Assert.Equal(PlaceOutcome.Placed, answer.Place.Outcome));
            Assert.All(answers[8..], answer => Assert.True(answer.Release.Released));
        }
    }

    [Fact]
    public async Task A_client_that_sends_more_than_its_credits_is_answered_for_those_and_ended()
    {
        await using var world = await StreamWorld.StartAsync(window: 4);
        await using var call = await world.OpenAsync();
        await call.ReadAsync();
        await call.SendAsync(Enumerable.Range(1, 6).Select(tag => Place((ulong)tag)));

        Assert.Equal([1UL, 2, 3, 4], (await call.ReadAsync(10)).Select(answer => answer.Tag));
        Assert.Equal("8", call.End.Status);
        Assert.Contains("4 requests", call.End.Message);
        Assert.Equal(4, world.Loop.Loop.Snapshot.WorkloadCount);
    }

    [Fact]
    public async Task A_client_that_keeps_to_its_credits_goes_on_for_ever()
    {
        await using var world = await StreamWorld.StartAsync(window: 4);
        await using var call = await world.OpenAsync();
        var credits = (int)(await call.ReadAsync())!.Credits;
        var (sent, answered) = (0, 0);
        while (answered < 300)
        {
            var some = Enumerable.Range(sent, credits).Select(tag => new PlaceStreamRequest { Tag = (ulong)tag, Confirm = new ConfirmRequest { Workload = 9 } }).ToList();
            if (some.Count > 0)
                await call.SendAsync(some);
            (sent, credits) = (sent + credits, 0);
            var answer = (await call.ReadAsync())!;
            Assert.Equal((ulong)answered++, answer.Tag);
            credits += (int)answer.Credits;
        }
    }

    [Fact]
    public async Task A_half_close_ends_the_stream_behind_the_last_answer()
    {
        await using var world = await StreamWorld.StartAsync();
        await using var call = await world.OpenAsync();
        await call.ReadAsync();
        await call.SendAsync(Enumerable.Range(1, 40).Select(tag => Place((ulong)tag)));
        call.HalfClose();

        Assert.Equal(40, (await call.ReadAsync(100)).Count);
        Assert.Equal(("0", ""), call.End);
    }

    [Fact]
    public async Task A_client_that_goes_leaves_what_was_decided_and_the_next_one_finds_it()
    {
        await using var world = await StreamWorld.StartAsync();
        await using (var call = await world.OpenAsync())
        {
            await call.ReadAsync();
            await call.SendAsync(Place(1));
            Assert.Equal(PlaceOutcome.Placed, (await call.ReadAsync())!.Place.Outcome);
        }

        await using var next = await world.OpenAsync();
        await next.ReadAsync();
        await next.SendAsync(Place(1));
        Assert.Equal(PlaceOutcome.AlreadyPlaced, (await next.ReadAsync())!.Place.Outcome);
    }

    [Fact]
    public async Task A_full_queue_refuses_each_request_and_the_stream_goes_on()
    {
        await using var world = await StreamWorld.StartAsync(loop: new LoopOptions { QueueCapacity = 64 }, started: false);
        await using var call = await world.OpenAsync();
        await call.ReadAsync();
        var waiting = Enumerable.Range(0, 64).Select(_ => world.Loop.Loop.SubmitAsync(new ConfirmCommand { Workload = 1 }).AsTask()).ToList();
        await call.SendAsync(Place(1), Place(2));
        Assert.All(await call.ReadAsync(2), answer => Assert.Equal(8, answer.Error.Code));

        world.Loop.Loop.Start();
        await Task.WhenAll(waiting);
        await call.SendAsync(Place(1));
        Assert.Equal(PlaceOutcome.NoFit, (await call.ReadAsync())!.Place.Outcome);
    }

    [Fact]
    public async Task What_is_no_message_ends_the_stream_behind_the_answers_before_it()
    {
        await using var world = await StreamWorld.StartAsync();
        await using var call = await world.OpenAsync();
        await call.ReadAsync();
        await call.SendAsync(Place(1));
        await call.ReadAsync();
        // A request that ends within its own length.
        await call.SendAsync(new Google.Protobuf.WellKnownTypes.BytesValue { Value = Google.Protobuf.ByteString.CopyFrom(0x12, 0x7F) }, Place(2));
        await call.ReadAsync(5);
        Assert.Equal("13", call.End.Status);
    }

    private static PlaceStreamRequest Place(ulong tag) => new() { Tag = tag, Place = new PlaceRequest { Workload = tag, Name = $"w{tag}", Shape = new Shape { GpuCount = 1 } } };

    /// <summary>The stream alone, over a loop that the test has in its hand.</summary>
    private sealed class StreamWorld : IAsyncDisposable
    {
        private readonly GrpcWorld _grpc;
        private readonly HttpClient _client;

        private StreamWorld(LoopWorld loop, GrpcWorld grpc) => (Loop, _grpc, _client) = (loop, grpc, new HttpClient { BaseAddress = grpc.Host.Address });

        public LoopWorld Loop { get; }

        public static async Task<StreamWorld> StartAsync(int window = 1024, LoopOptions? loop = null, bool started = true)
        {
            var world = new LoopWorld(loop);
            if (started)
            {
                world.Loop.Start();
                await Commands.FillAsync(world.Loop, 8);
            }

            return new StreamWorld(world, await GrpcWorld.StartAsync(add: grpc => grpc.Add(SchedulerReflection.Descriptor.Services[0])
                .Duplex<PlaceStreamRequest, PlaceStreamReply>("PlaceStream", PlaceStreamRequest.Parser, new PlaceStreams(world.Loop, window).ServeAsync)));
        }

        public Task<Call> OpenAsync() => Call.OpenAsync(_client, "/pipeline.v1.Scheduler/PlaceStream", PlaceStreamReply.Parser);

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await _grpc.DisposeAsync();
            await Loop.DisposeAsync();
        }
    }
}
