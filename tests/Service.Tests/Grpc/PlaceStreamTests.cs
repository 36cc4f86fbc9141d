using System.Runtime.CompilerServices;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Grpc;

public sealed class PlaceStreamTests
{
    [Fact]
    public async Task The_server_begins_with_the_credits_and_each_answer_gives_one_back()
    {
        await using var world = await StreamWorld.StartAsync(window: 8);
        var call = await world.OpenAsync();
        Assert.Equal((8u, PlaceStreamReply.AnswerOneofCase.None), (call.Credits, call.Greeting.AnswerCase));

        await call.SendAsync(Place(1), Place(2));
        Assert.All(await call.AnswersAsync(2), reply => Assert.Equal(1u, reply.Credits));
    }

    [Fact]
    public async Task Answers_carry_the_tags_of_their_requests_in_order_and_a_refusal_keeps_nothing_from_being_decided()
    {
        await using var world = await StreamWorld.StartAsync();
        var call = await world.OpenAsync();
        var elsewhere = Place(3);
        elsewhere.Place.Shape.Groups.Add("nowhere");
        var negative = Place(4);
        negative.Place.Shape.GpuCount = -1;
        await call.SendAsync(
            Place(1), new PlaceStreamRequest { Tag = 2 }, elsewhere, negative, Place(5),
            new PlaceStreamRequest { Tag = 6, Confirm = new ConfirmRequest { Workload = 1 } }, new PlaceStreamRequest { Tag = 7, Release = new ReleaseRequest { Workload = 1 } },
            new PlaceStreamRequest { Tag = 8, Release = new ReleaseRequest { Workload = 1 } });
        var answers = await call.AnswersAsync(8);

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
        var call = await world.OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            var named = Place(1);
            named.Place.Shape.CpuMilli = 5;
            named.Place.Traits = new Traits { Category = Category.Serving, RestartSeconds = 7 };
            PlaceStreamRequest[] places = [named, .. Enumerable.Range(2, 7).Select(tag => Place((ulong)tag))];
            var releases = places.Select(place => new PlaceStreamRequest { Tag = place.Tag, Release = new ReleaseRequest { Workload = place.Tag } });
            await call.SendAsync(places.Concat(releases));
            var answers = await call.AnswersAsync(16);
            Assert.All(answers[..8], answer => Assert.Equal(PlaceOutcome.Placed, answer.Place.Outcome));
            Assert.All(answers[8..], answer => Assert.True(answer.Release.Released));
        }
    }

    [Fact]
    public async Task A_client_that_sends_more_than_its_credits_is_answered_for_those_and_ended()
    {
        await using var world = await StreamWorld.StartAsync(window: 4);
        var call = await world.OpenAsync();
        await call.SendAsync(Enumerable.Range(1, 6).Select(tag => Place((ulong)tag)));

        Assert.Equal([1UL, 2, 3, 4], (await call.EndAsync()).Select(answer => answer.Tag));
        Assert.Equal(("8", "More than 4 requests wait for their answers."), call.End);
        Assert.Equal(4, world.Loop.Loop.Snapshot.WorkloadCount);
    }

    [Fact]
    public async Task A_client_that_keeps_to_its_credits_goes_on_for_ever()
    {
        await using var world = await StreamWorld.StartAsync(window: 4);
        var call = await world.OpenAsync();
        var (sent, credits) = (0, (int)call.Credits);
        for (var answered = 0; answered < 300; answered++)
        {
            if (credits > 0)
                await call.SendAsync(Enumerable.Range(sent, credits).Select(tag => new PlaceStreamRequest { Tag = (ulong)tag, Confirm = new ConfirmRequest { Workload = 9 } }));
            sent += credits;
            var answer = (await call.AnswersAsync(1))[0];
            Assert.Equal((ulong)answered, answer.Tag);
            credits = (int)answer.Credits;
        }
    }

    [Fact]
    public async Task A_half_close_ends_the_stream_behind_the_last_answer()
    {
        await using var world = await StreamWorld.StartAsync();
        var call = await world.OpenAsync();
        await call.SendAsync(Enumerable.Range(1, 40).Select(tag => Place((ulong)tag)), end: true);

        Assert.Equal(40, (await call.EndAsync()).Count);
        Assert.Equal(("0", ""), call.End);
    }

    [Fact]
    public async Task Who_comes_to_wait_and_what_is_released_wake_the_queue()
    {
        await using var world = await StreamWorld.StartAsync();
        var call = await world.OpenAsync();
        async Task<int> WakesOfAsync(params PlaceStreamRequest[] requests)
        {
            var before = world.Wakes;
            await call.SendAsync(requests);
            await call.AnswersAsync(requests.Length);
            return world.Wakes - before;
        }

        var waiting = Place(2);
        (waiting.Place.Shape.CpuMilli, waiting.Place.Wait) = (65_000, true);
        var release = new PlaceStreamRequest { Tag = 3, Release = new ReleaseRequest { Workload = 1 } };
        Assert.Equal(0, await WakesOfAsync(Place(1), Place(1), new PlaceStreamRequest { Tag = 4, Confirm = new ConfirmRequest { Workload = 1 } }));
        Assert.Equal(1, await WakesOfAsync(waiting));
        Assert.Equal(1, await WakesOfAsync(release));
        Assert.Equal(0, await WakesOfAsync(release));
    }

    [Fact]
    public async Task A_client_that_goes_leaves_what_was_decided_and_the_next_one_finds_it()
    {
        await using var world = await StreamWorld.StartAsync();
        var call = await world.OpenAsync();
        await call.SendAsync(Place(1));
        Assert.Equal(PlaceOutcome.Placed, (await call.AnswersAsync(1))[0].Place.Outcome);
        await call.ResetAsync();

        var next = await world.OpenAsync();
        await next.SendAsync(Place(1));
        Assert.Equal(PlaceOutcome.AlreadyPlaced, (await next.AnswersAsync(1))[0].Place.Outcome);
    }

    [Fact]
    public async Task A_full_queue_refuses_each_request_and_the_stream_goes_on()
    {
        await using var world = await StreamWorld.StartAsync(loop: new LoopOptions { QueueCapacity = 64 }, started: false);
        var call = await world.OpenAsync();
        var waiting = Enumerable.Range(0, 64).Select(_ => world.Loop.Loop.SubmitAsync(new ConfirmCommand { Workload = 1 }).AsTask()).ToList();
        await call.SendAsync(Place(1), Place(2));
        Assert.All(await call.AnswersAsync(2), answer => Assert.Equal(8, answer.Error.Code));

        world.Loop.Loop.Start();
        await Task.WhenAll(waiting);
        await call.SendAsync(Place(1));
        Assert.Equal(PlaceOutcome.NoFit, (await call.AnswersAsync(1))[0].Place.Outcome);
    }

    [Fact]
    public async Task What_is_no_message_ends_the_stream_behind_the_answers_before_it()
    {
        await using var world = await StreamWorld.StartAsync();
        var call = await world.OpenAsync();
        await call.SendAsync(Place(1));
        await call.AnswersAsync(1);
        // A field that claims more than the message has.
        await call.WriteAsync(GrpcWire.Frame([0x12, 0x7F]));
        Assert.Empty(await call.EndAsync());
        Assert.Equal("13", call.End.Status);
    }

    private static PlaceStreamRequest Place(ulong tag) => new() { Tag = tag, Place = new PlaceRequest { Workload = tag, Name = $"w{tag}", Shape = new Shape { GpuCount = 1 } } };

    /// <summary>The stream alone, over a loop that the test has in its hand.</summary>
    private sealed class StreamWorld : IAsyncDisposable
    {
        private readonly GrpcWorld _grpc;
        private readonly RawConnection _wire;
        private readonly StrongBox<int> _wakes;

        private StreamWorld(LoopWorld loop, GrpcWorld grpc, RawConnection wire, StrongBox<int> wakes) => (Loop, _grpc, _wire, _wakes) = (loop, grpc, wire, wakes);

        public LoopWorld Loop { get; }

        /// <summary>How often the queue was to be gone through.</summary>
        public int Wakes => Volatile.Read(ref _wakes.Value);

        public static async Task<StreamWorld> StartAsync(int window = 1024, LoopOptions? loop = null, bool started = true)
        {
            var world = new LoopWorld(loop);
            if (started)
            {
                world.Loop.Start();
                await Commands.FillAsync(world.Loop, 8);
            }

            var wakes = new StrongBox<int>();
            var streams = new PlaceStreams(world.Loop, window, () => Interlocked.Increment(ref wakes.Value));
            var grpc = await GrpcWorld.StartAsync(add: server => server.Add(SchedulerReflection.Descriptor.Services[0])
                .Duplex<PlaceStreamRequest, PlaceStreamReply>("PlaceStream", PlaceStreamRequest.Parser, streams.ServeAsync));
            return new StreamWorld(world, grpc, await RawConnection.OpenAsync(grpc.Port), wakes);
        }

        /// <summary>Opens a stream and waits for its greeting.</summary>
        public async Task<StreamClient> OpenAsync()
        {
            var call = await _wire.StartAsync("/pipeline.v1.Scheduler/PlaceStream");
            await call.WhenMessagesAsync(1);
            return new StreamClient(_wire, call);
        }

        public async ValueTask DisposeAsync()
        {
            await _wire.DisposeAsync();
            await _grpc.DisposeAsync();
            await Loop.DisposeAsync();
        }
    }

    private sealed class StreamClient(RawConnection wire, RawCall call)
    {
        private int _taken = 1;

        public PlaceStreamReply Greeting => call.Replies(PlaceStreamReply.Parser)[0];

        public uint Credits => Greeting.Credits;

        public (string Status, string Message) End => (call.Status, call["grpc-message"]);

        public Task SendAsync(params PlaceStreamRequest[] requests) => SendAsync(requests, end: false);

        /// <summary>All in one DATA frame.</summary>
        public Task SendAsync(IEnumerable<PlaceStreamRequest> requests, bool end = false)
            => wire.SendAsync(call, [.. requests.SelectMany(request => GrpcWire.Frame(request))], end);

        public Task WriteAsync(byte[] bytes) => wire.SendAsync(call, bytes, end: false);

        public Task ResetAsync() => wire.ResetAsync(call);

        /// <summary>The next answers.</summary>
        public async Task<List<PlaceStreamReply>> AnswersAsync(int count)
        {
            await call.WhenMessagesAsync(_taken + count);
            var answers = call.Replies(PlaceStreamReply.Parser).Slice(_taken, count);
            _taken += count;
            return answers;
        }

        /// <summary>The answers that are left when the server has ended the stream.</summary>
        public async Task<List<PlaceStreamReply>> EndAsync()
        {
            await call.EndAsync();
            return call.Replies(PlaceStreamReply.Parser)[_taken..];
        }
    }
}
