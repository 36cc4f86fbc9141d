using Pipeline.Hotpath.Cluster.Kubernetes.Objects;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Declared;

public sealed class PulseTests
{
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_burst_is_one_turn()
    {
        var pulse = new Pulse(_time);
        pulse.Beat();
        var turn = pulse.WaitAsync(Longest, Burst, default);
        for (var beat = 0; beat < 1_000; beat++)
            pulse.Beat();
        Assert.False(turn.IsCompleted);
        _time.Advance(Burst);
        await turn;

        var next = pulse.WaitAsync(Longest, Burst, default);
        _time.Advance(Burst);
        Assert.False(next.IsCompleted);
        _time.Advance(Longest);
        await next;
    }

    [Fact]
    public async Task A_beat_while_one_works_is_another_turn()
    {
        var pulse = new Pulse(_time);
        pulse.Beat();
        var turn = pulse.WaitAsync(Longest, Burst, default);
        _time.Advance(Burst);
        await turn;
        pulse.Beat();
        var next = pulse.WaitAsync(Timeout.InfiniteTimeSpan, Burst, default);
        _time.Advance(Burst);
        await next;
    }

    [Fact]
    public async Task Who_gives_up_is_told_so()
    {
        using var cancellation = new CancellationTokenSource();
        var turn = new Pulse(_time).WaitAsync(Longest, Burst, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => turn);
    }
}
