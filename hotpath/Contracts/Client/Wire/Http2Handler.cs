using System.Net;

namespace Pipeline.Contracts.Client.Wire;

/// <summary>The connections of a channel.</summary>
internal static class Http2Handler
{
    public static HttpMessageInvoker Create(GrpcChannelOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            // A connection takes a hundred calls at a time by most servers' limits; without more of them the rest would wait.
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = options.ConnectTimeout,
            // A peer whose machine died sends nothing: without the question an idle stream would wait for ever.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = options.KeepAliveDelay,
            KeepAlivePingTimeout = options.KeepAliveTimeout,
            // Each of these would act on the call in a way that gRPC does not know.
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
        };
        if (options.Address!.Scheme == Uri.UriSchemeHttps)
            handler.SslOptions = (options.Tls ?? new GrpcTlsOptions()).Load();
        return new HttpMessageInvoker(handler);
    }
}
