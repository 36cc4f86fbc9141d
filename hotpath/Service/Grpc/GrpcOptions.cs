using System.ComponentModel.DataAnnotations;
using Pipeline.Hotpath.Tls;

namespace Pipeline.Hotpath.Grpc;

/// <summary>Settings of the gRPC port.</summary>
public sealed class GrpcOptions
{
    /// <summary>Largest message taken, bytes, compressed and decompressed. Default 4 MiB, range 1 KiB to 64 MiB.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxReceiveBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Whether answers are gzipped for callers that accept it. Default false: on a fast network it costs more than it saves.</summary>
    public bool CompressReplies { get; set; }

    /// <summary>Connections at once. Default 1,024, range 1 to 65,536.</summary>
    [Range(1, 65_536)]
    public int MaxConnections { get; set; } = 1_024;

    /// <summary>Calls at once on a connection. Default 100, range 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxCallsPerConnection { get; set; } = 100;

    /// <summary>Messages that a streaming handler may be ahead of its client before it must wait. Default 32, range 1 to 4,096.</summary>
    [Range(1, 4_096)]
    public int StreamQueue { get; set; } = 32;

    /// <summary>Requests of a PlaceStream that may wait for their answers. Default 1,024, range 1 to 65,536.</summary>
    [Range(1, 65_536)]
    public int PlaceWindow { get; set; } = 1_024;

    /// <summary>Callers that may watch the cluster, or its sequence, at once. Default 256, range 0 to 10,000.</summary>
    [Range(0, 10_000)]
    public int MaxWatchers { get; set; } = 256;

    /// <summary>Seconds of silence on a connection before it is pinged. Default 30, range 1 to 3,600.</summary>
    [Range(1, 3_600)]
    public int PingSeconds { get; set; } = 30;

    /// <summary>Seconds that an answer to a ping may take before the connection is closed. Default 10, range 1 to 600.</summary>
    [Range(1, 600)]
    public int PingTimeoutSeconds { get; set; } = 10;

    /// <summary>Seconds that calls may go on after a stop was asked for. Default 10, range 0 to 600.</summary>
    [Range(0, 600)]
    public int DrainSeconds { get; set; } = 10;

    /// <summary>Default: none, HTTP/2 in clear text with prior knowledge.</summary>
    public ServerTlsOptions Tls { get; set; } = new();

    /// <exception cref="ValidationException">A setting is out of range; the message names it.</exception>
    public void Validate() => Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
}
