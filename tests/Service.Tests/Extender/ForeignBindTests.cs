using Google.Protobuf;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.Remote;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api.Nominations;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Placement;
using static Pipeline.Hotpath.Tests.Extender.ExtenderCalls;

namespace Pipeline.Hotpath.Tests.Extender;

/// <summary>Binds for another scheduler, whose answers come late or never. There is one node, which one workload fills.</summary>
public sealed class ForeignBindTests : IAsyncLifetime
{
    private readonly FakeCluster _cluster = new FakeCluster().WithNodes("n1").With(Listed("a", gpus: 8), Listed("b", gpus: 8));
    private AdapterWorld _world = null!;
    private NominationApi _nominations = null!;

    public async Task InitializeAsync()
    {
        _world = new AdapterWorld(_cluster);
        _nominations = new NominationApi(_world.Loop, _world.Binder.Book, _world.Binder.Binds, _cluster, () => true);
        await _world.StartAsync();
        Assert.Equal("n1", (await AskAsync("a")).Node);
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_place_does_not_run_out_while_the_cluster_is_told()
    {
        var (told, answer) = (Source(), new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        _cluster.Binding = _ =>
        {
            told.SetResult();
            return answer.Task;
        };
        var binding = BindAsync("a");
        await told.Task;
        await PassAsync();
        await ListAgainAsync();
        Assert.Equal("", (await AskAsync("b")).Node);

        answer.SetResult(true);
        await binding;
        Assert.Equal((false, "n1"), (_world.Find(IdOf("a"))!.Value.Assumed, _cluster.Workloads[IdOf("a")].Node));
    }

    [Fact]
    public async Task A_listing_that_is_older_than_the_answer_takes_no_place_away()
    {
        var (told, answer) = (Source(), new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        _cluster.Binding = _ =>
        {
            told.TrySetResult();
            return answer.Task;
        };
        var binding = BindAsync("a");
        await told.Task;
        _cluster.BeforeListing = () =>
        {
            answer.TrySetResult(true);
            return binding;
        };
        await ListAgainAsync();
        Assert.Equal("n1", _world.NodeOf(IdOf("a")));
        Assert.Equal("", (await AskAsync("b")).Node);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_lost_answer_the_place_is_kept_and_the_bind_repeated_until_there_is_one(bool taken)
    {
        var (failing, failures) = (true, 0);
        _cluster.Binding = _ => Volatile.Read(ref failing) && Interlocked.Increment(ref failures) > 0 ? throw new IOException("No answer.") : Task.FromResult(taken);
        await Assert.ThrowsAsync<IOException>(() => BindAsync("a"));
        await PassAsync();
        await ListAgainAsync();
        Assert.Equal("", (await AskAsync("b")).Node);
        Assert.Equal("n1", (await AskAsync("a")).Node);
        while (Volatile.Read(ref failures) < 3)
            await Task.Yield();

        Volatile.Write(ref failing, false);
        await _cluster.WhenAsync($"bind {IdOf("a")} n1 {taken}");
        await _world.PassEndsAsync();
        Assert.Equal(taken ? "n1" : null, _world.NodeOf(IdOf("a")));
        Assert.Equal(taken ? "" : "n1", (await AskAsync("b")).Node);
    }

    [Fact]
    public async Task A_bind_that_is_asked_for_again_after_a_lost_answer_is_told_again()
    {
        var failures = 1;
        _cluster.Binding = _ => Interlocked.Decrement(ref failures) >= 0 ? throw new IOException("No answer.") : Task.FromResult(true);
        await Assert.ThrowsAsync<IOException>(() => BindAsync("a"));
        await BindAsync("a");
        Assert.Equal("n1", _cluster.Workloads[IdOf("a")].Node);
    }

    [Fact]
    public async Task A_refusal_gives_the_place_back()
    {
        _cluster.Binding = _ => throw Refusal;
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => BindAsync("a"));
        Assert.Equal("n1", (await AskAsync("b")).Node);
    }

    [Fact]
    public async Task A_refusal_after_a_lost_answer_says_nothing_of_the_bind_before_it()
    {
        var (binds, refuses) = (0, true);
        _cluster.Binding = _ => Interlocked.Increment(ref binds) == 1 ? throw new IOException("No answer.") : Volatile.Read(ref refuses) ? throw Refusal : Task.FromResult(true);
        await Assert.ThrowsAsync<IOException>(() => BindAsync("a"));
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => BindAsync("a"));
        await PassAsync();
        await ListAgainAsync();
        Assert.Equal(("", "n1"), ((await AskAsync("b")).Node, (await AskAsync("a")).Node));

        Volatile.Write(ref refuses, false);
        await BindAsync("a");
        Assert.Equal("n1", _cluster.Workloads[IdOf("a")].Node);
    }

    [Fact]
    public async Task A_bind_whose_caller_has_lost_patience_goes_on()
    {
        var (told, answer) = (Source(), new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        _cluster.Binding = _ =>
        {
            told.SetResult();
            return answer.Task;
        };
        using var patience = new CancellationTokenSource();
        var binding = BindAsync("a", patience.Token);
        await told.Task;
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => binding);
        await PassAsync();
        answer.SetResult(true);
        await _cluster.WhenAsync($"bind {IdOf("a")} n1 True");
        Assert.Equal("n1", _world.NodeOf(IdOf("a")));
    }

    private static HotpathUnavailableException Refusal => new("A webhook does not allow it.", TimeSpan.Zero) { Refused = true };

    private static TaskCompletionSource Source() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<NominateReply> AskAsync(string name)
        => _nominations.NominateAsync(new NominateRequest { Workload = Listed(name, gpus: 8).ToDescription(), Nodes = ByteString.CopyFromUtf8("n1\n") });

    private Task<BindReply> BindAsync(string name, CancellationToken cancellation = default)
        => _nominations.BindAsync(new BindRequest { Workload = IdOf(name), Node = "n1" }, cancellation);

    /// <summary>Longer than an assumption lasts.</summary>
    private async Task PassAsync()
    {
        _world.Pass(TimeSpan.FromMilliseconds(Placer.AssumptionLife + 1));
        await _world.Loop.SubmitAsync(new SweepCommand());
    }

    private async Task ListAgainAsync()
    {
        var listed = _cluster.CountOf("list");
        _cluster.Emit(new ClusterEvent.Resync());
        await _cluster.WhenAsync("list", listed + 1);
        await _world.PassEndsAsync();
    }
}
