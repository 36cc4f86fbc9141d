using Microsoft.Extensions.Logging;

namespace Pipeline.Journal.Recovery;

/// <summary>Forces the witness to the disk once a second, so that a power loss makes it older by no more.</summary>
internal sealed class WitnessFlusher : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Witness _witness;
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    public WitnessFlusher(Witness witness, TimeProvider time, ILogger logger)
    {
        _witness = witness;
        _logger = logger;
        _timer = time.CreateTimer(_ => Flush(), null, Period, Period);
    }

    public void Dispose() => _timer.Dispose();

    private void Flush()
    {
        try
        {
            _witness.Flush();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            _logger.LogWarning(failure, "The witness could not be forced to the disk");
        }
    }
}
