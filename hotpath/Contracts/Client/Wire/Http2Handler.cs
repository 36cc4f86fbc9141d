using System.Net;
using System.Net.Security;
using System.Net.Sockets;

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
        {
            var tls = options.Tls ?? new GrpcTlsOptions();
            // A file that cannot be used is found now and not by the first call.
            tls.Load();
            handler.ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, tls, cancellation);
        }

        return new HttpMessageInvoker(handler);
    }

    /// <summary>Every connection is made with what the files hold then: certificates are renewed while the process runs.</summary>
    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint server, GrpcTlsOptions tls, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
            var secured = new SslStream(new NetworkStream(socket, ownsSocket: true));
            var options = tls.Load();
            (options.TargetHost, options.ApplicationProtocols) = (server.Host, [SslApplicationProtocol.Http2]);
            await secured.AuthenticateAsClientAsync(options, cancellation).ConfigureAwait(false);
            return secured;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
