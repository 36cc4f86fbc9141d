using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Sweep;
using Pipeline.Functions.Tests.RepairStep;

namespace Pipeline.Functions.Tests.Sweep;

public sealed class SweepHandlerTests
{
    [Fact]
    public async Task Each_tick_sweeps_once_and_an_unavailable_engine_fails_the_tick()
    {
        var repair = new FakeRepairApi { Swept = () => new SweepReply { TimedOut = 1 } };
        var handler = new SweepHandler(repair, NullLogger<SweepHandler>.Instance);
        await handler.HandleAsync(new TimerInfo(null, true), CancellationToken.None);
        Assert.Equal(["sweep"], repair.Calls);
        repair.Unavailable = new HotpathUnavailableException("full", TimeSpan.Zero);
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => handler.HandleAsync(new TimerInfo(null, false), CancellationToken.None));
    }
}
