namespace Pipeline.Contracts.Client;

/// <summary>Where a channel leads and how patient it is.</summary>
public sealed record GrpcChannelOptions
{
    /// <summary><c>http://host:port</c> (HTTP/2 without TLS, by prior knowledge) or <c>https://host:port</c>. Required.</summary>
    public Uri? Address { get; init; }

    /// <summary>For an https address; null trusts what the machine trusts and shows no certificate.</summary>
    public GrpcTlsOptions? Tls { get; init; }

    /// <summary>Bound of a unary call that names none. Default 10 s, range 1 ms to 24 h.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bound of making a connection. Default 3 s, range 1 ms to 5 min.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A connection with a call on it that has been silent this long is asked whether it lives. Default 15 s, range 1 s to 1 h.</summary>
    public TimeSpan KeepAliveDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Without an answer for this long the connection is given up, and its calls with it. Default 10 s, range 1 s to 1 h.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest message taken from the server, decompressed, in bytes. Default 4 MiB, range 1 KiB to 256 MiB.</summary>
    public int MaxReceiveSize { get; init; } = 4 * 1024 * 1024;

    public GrpcRetryOptions Retry { get; init; } = new();

    /// <exception cref="ArgumentException">A setting is out of range; the message names each.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (Address is not { IsAbsoluteUri: true, Scheme: "http" or "https", PathAndQuery: "/" })
            problems.Add($"Address: '{Address}' must be http://host:port or https://host:port");
        if (Tls is not null && Address?.Scheme == "http")
            problems.Add("Tls: needs an https address");
        Check(nameof(Deadline), Deadline, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(24));
        Check(nameof(ConnectTimeout), ConnectTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5));
        Check(nameof(KeepAliveDelay), KeepAliveDelay, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Check(nameof(KeepAliveTimeout), KeepAliveTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (MaxReceiveSize is < 1024 or > 256 * 1024 * 1024)
            problems.Add($"MaxReceiveSize: must be 1 KiB to 256 MiB, was {MaxReceiveSize}");
        problems.AddRange(Retry.Problems());
        if (problems.Count > 0)
            throw new ArgumentException(string.Join("; ", problems));

        void Check(string name, TimeSpan value, TimeSpan low, TimeSpan high)
        {
            if (value < low || value > high)
                problems.Add($"{name}: must be {low} to {high}, was {value}");
        }
    }
}
