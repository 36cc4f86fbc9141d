using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Pipeline.Hotpath.Grpc.Calls;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc;

/// <summary>What a handler may want to know about its call, and say besides its messages. It lives until the handler has ended.</summary>
public sealed class GrpcCall
{
    private readonly HttpContext _http;
    private readonly CallLife _life;
    private bool _compress;

    internal GrpcCall(HttpContext http, CallLife life, bool compress)
    {
        (_http, _life) = (http, life);
        Metadata = new RequestMetadata(http.Request.Headers);
        _compress = compress && MessageEncoding.IsGzipAccepted(http.Request.Headers);
    }

    /// <summary>Fires when the caller is gone, at the deadline, and for streams when the server stops.</summary>
    public CancellationToken Cancellation => _life.Token;

    /// <summary>The caller's certificate, valid and signed by the configured authority; null when it showed none.</summary>
    public X509Certificate2? ClientCertificate => _http.Connection.ClientCertificate;

    public RequestMetadata Metadata { get; }

    /// <summary>Sent before the first message; from then on nothing can be added.</summary>
    public ReplyMetadata Headers { get; } = new();

    /// <summary>Sent behind the last message, also when the call fails.</summary>
    public ReplyMetadata Trailers { get; } = new();

    /// <summary>Whether the request message read last came compressed.</summary>
    public bool RequestCompressed { get; internal set; }

    /// <summary>Asks for gzip where the caller accepts it. Has no effect after the first message. Default: the option of the server.</summary>
    public bool CompressReplies
    {
        get => _compress;
        set => _compress = value && MessageEncoding.IsGzipAccepted(_http.Request.Headers);
    }
}
