using Pipeline.Kubernetes.Limiting;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Kubernetes.Tests.Limiting;

public class ClientLimiterTests
{
    private static readonly ClientLimiterOptions Narrow = new() { RequestsPerSecond = 0, MaxInFlight = 1, UrgentInFlight = 1 };

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Who_waits_goes_in_the_order_of_priority_and_then_of_arrival()
    {
        using var limiter = new ClientLimiter(Narrow, _time);
        var normal = await Enter(limiter, RequestPriority.Normal);
        var urgent = await Enter(limiter, RequestPriority.Urgent);
        var order = new List<string>();
        var waiting = new[] { (RequestPriority.Background, "b1"), (RequestPriority.Normal, "n1"), (RequestPriority.Normal, "n2"), (RequestPriority.Urgent, "u1"), (RequestPriority.Background, "b2") }
            .Select(next => RunAsync(limiter, next.Item1, next.Item2, order)).ToList();
        Assert.Equal(5, limiter.Waiting);

        normal.Dispose();
        await Task.WhenAll(waiting).Bounded();
        Assert.Equal(["u1", "n1", "n2", "b1", "b2"], order);
        urgent.Dispose();
    }

    [Fact]
    public async Task Urgent_requests_have_slots_of_their_own()
    {
        using var limiter = new ClientLimiter(Narrow, _time);
        using var normal = await Enter(limiter, RequestPriority.Normal);
        var second = Enter(limiter, RequestPriority.Normal);
        using var urgent = await Enter(limiter, RequestPriority.Urgent);
        Assert.False(second.IsCompleted);
        // Its own slot is no slot for others.
        urgent.Dispose();
        Assert.False(second.IsCompleted);
        normal.Dispose();
        await second.Bounded();
    }

    [Fact]
    public async Task Beyond_the_burst_requests_come_at_the_rate()
    {
        using var limiter = new ClientLimiter(new() { RequestsPerSecond = 10, Burst = 3, MaxInFlight = 0 }, _time);
        for (var i = 0; i < 3; i++)
            (await Enter(limiter, RequestPriority.Normal)).Dispose();
        var fourth = Enter(limiter, RequestPriority.Normal);
        var fifth = Enter(limiter, RequestPriority.Normal);
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(fourth.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await fourth.Bounded();
        Assert.False(fifth.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await fifth.Bounded();
    }

    [Fact]
    public async Task Urgent_requests_take_from_the_rate_in_advance()
    {
        using var limiter = new ClientLimiter(new() { RequestsPerSecond = 10, Burst = 2, MaxInFlight = 0 }, _time);
        for (var i = 0; i < 4; i++)
            (await Enter(limiter, RequestPriority.Urgent)).Dispose();
        // Two in debt: the next token is the third one.
        var normal = Enter(limiter, RequestPriority.Normal);
        _time.Advance(TimeSpan.FromMilliseconds(299));
        Assert.False(normal.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await normal.Bounded();
    }

    [Fact]
    public async Task Who_comes_later_does_not_put_off_those_who_wait()
    {
        using var limiter = new ClientLimiter(new() { RequestsPerSecond = 10, Burst = 1, MaxInFlight = 0 }, _time);
        (await Enter(limiter, RequestPriority.Normal)).Dispose();
        var first = Enter(limiter, RequestPriority.Normal);
        _time.Advance(TimeSpan.FromMilliseconds(60));
        var second = Enter(limiter, RequestPriority.Normal);
        _time.Advance(TimeSpan.FromMilliseconds(40));
        await first.Bounded();
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public async Task A_full_queue_refuses_its_own_priority_only()
    {
        using var limiter = new ClientLimiter(Narrow with { MaxWaiting = 1 }, _time);
        using var busy = await Enter(limiter, RequestPriority.Normal);
        var waiting = Enter(limiter, RequestPriority.Background);
        var full = await Assert.ThrowsAsync<KubernetesException>(() => Enter(limiter, RequestPriority.Background));
        Assert.Equal(Reasons.QueueFull, full.Reason);
        Assert.True(full.NotSent);
        Assert.False(Enter(limiter, RequestPriority.Normal).IsCompleted);
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_queue()
    {
        using var limiter = new ClientLimiter(Narrow, _time);
        var busy = await Enter(limiter, RequestPriority.Normal);
        using var impatient = new CancellationTokenSource();
        var first = Enter(limiter, RequestPriority.Normal, impatient.Token);
        var second = Enter(limiter, RequestPriority.Normal);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Bounded());
        Assert.Equal(1, limiter.Waiting);
        busy.Dispose();
        (await second.Bounded()).Dispose();
        // Nothing leaked: the slot can be had again.
        (await Enter(limiter, RequestPriority.Normal).Bounded()).Dispose();
    }

    private static Task<ClientLimiter.Slot> Enter(ClientLimiter limiter, RequestPriority priority, CancellationToken cancellation = default)
        => limiter.EnterAsync(priority, cancellation).AsTask().WaitAsync(Patience.Bound);

    private static async Task RunAsync(ClientLimiter limiter, RequestPriority priority, string name, List<string> order)
    {
        using var slot = await limiter.EnterAsync(priority, CancellationToken.None);
        lock (order)
            order.Add(name);
    }
}
