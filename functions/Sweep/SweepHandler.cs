using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Sweep;

/// <summary>Has the engine look at every deadline, so that what a dead process left behind goes on.</summary>
public sealed class SweepHandler(IRepairApi repair, ILogger<SweepHandler> logger)
{
    public const string FunctionName = "Sweep";

    /// <exception cref="HotpathUnavailableException">The engine could not be asked; the next occurrence asks again.</exception>
    public async Task HandleAsync(TimerInfo timer, CancellationToken cancellation)
    {
        var reply = await repair.SweepAsync(new SweepRequest(), cancellation).ConfigureAwait(false);
        if (reply.TimedOut > 0 || reply.Repeated > 0)
        {
            logger.LogInformation(
                "The sweep ended {TimedOut} steps that were out of time and repeated {Repeated} unanswered effects{Late}.",
                reply.TimedOut,
                reply.Repeated,
                timer.IsPastDue ? ", later than planned" : "");
        }
    }
}
