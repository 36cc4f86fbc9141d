namespace Pipeline.Functions.Tests.GrafanaWebhook.Support;

/// <summary>A clock that stands where it is set.</summary>
internal sealed class SetTime(long unixSeconds) : TimeProvider
{
    public long UnixSeconds { get; set; } = unixSeconds;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(UnixSeconds);

    public override long GetTimestamp() => UnixSeconds * TimestampFrequency;
}
