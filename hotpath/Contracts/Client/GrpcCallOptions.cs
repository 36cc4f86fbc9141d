namespace Pipeline.Contracts.Client;

/// <summary>What one call wants otherwise than its channel.</summary>
public sealed record GrpcCallOptions
{
    /// <summary>
    /// Bound of the whole call, tries and waits included. Null: the channel's for a unary call, none for a stream.
    /// <see cref="Timeout.InfiniteTimeSpan"/>: none.
    /// </summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Sent with the request.</summary>
    public GrpcMetadata? Metadata { get; init; }
}
