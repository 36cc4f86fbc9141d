using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Grpc.Health.V1;

namespace Pipeline.Contracts.Tests.Support;

/// <summary>An HTTP/2 server that answers every call the way the test says, right or wrong.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app) => _app = app;

    /// <summary>Safe to repeat.</summary>
    public static GrpcMethod<HealthCheckRequest, HealthCheckResponse> Ask { get; } = new("test.Test", "Ask", HealthCheckResponse.Parser, true);

    public static GrpcMethod<HealthCheckRequest, HealthCheckResponse> AskOnce { get; } = new("test.Test", "AskOnce", HealthCheckResponse.Parser, false);

    public static HealthCheckRequest Request { get; } = new() { Service = "s" };

    public static HealthCheckResponse Serving { get; } = new() { Status = HealthCheckResponse.Types.ServingStatus.Serving };

    public Uri Address => new(_app.Urls.Single().Replace("[::]", "localhost", StringComparison.Ordinal));

    public static async Task<TestServer> StartAsync(RequestDelegate serve, int port = 0, X509Certificate2? certificate = null, X509Certificate2? clientAuthority = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddLogging();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificate is not null)
                listen.UseHttps(https => Secure(https, certificate, clientAuthority));
        }));
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        app.Run(serve);
        await app.StartAsync();
        return new TestServer(app);
    }

    public GrpcChannel Channel(Func<GrpcChannelOptions, GrpcChannelOptions>? change = null, TimeProvider? time = null)
    {
        var options = new GrpcChannelOptions
        {
            Address = Address,
            // A broken test only: nothing here depends on how long a call may take.
            Deadline = TimeSpan.FromMinutes(1),
            Retry = new GrpcRetryOptions { Retries = 0 },
        };
        return new GrpcChannel(change?.Invoke(options) ?? options, time ?? TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static void Secure(HttpsConnectionAdapterOptions https, X509Certificate2 certificate, X509Certificate2? clientAuthority)
    {
        https.ServerCertificate = certificate;
        if (clientAuthority is null)
            return;
        https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
        https.ClientCertificateValidation = (shown, chain, _) =>
        {
            chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(clientAuthority);
            return chain.Build(shown);
        };
    }
}

/// <summary>Pieces of responses.</summary>
internal static class Answers
{
    public static byte[] Frame(IMessage message, byte flag = 0) => Frame(message.ToByteArray(), flag);

    public static byte[] Frame(byte[] bytes, byte flag = 0, uint? length = null)
    {
        var frame = new byte[5 + bytes.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length ?? (uint)bytes.Length);
        bytes.CopyTo(frame, 5);
        return frame;
    }

    /// <summary>Messages and a status, as a server should.</summary>
    public static async Task ReplyAsync(this HttpContext http, byte[] body, string? status = "0", string message = "")
    {
        http.Response.ContentType = "application/grpc";
        await http.Response.StartAsync();
        await http.Response.Body.WriteAsync(body);
        if (status is not null)
            http.Response.AppendTrailer("grpc-status", status);
        if (message.Length > 0)
            http.Response.AppendTrailer("grpc-message", message);
    }

    /// <summary>The status in the one header block.</summary>
    public static Task RefuseAsync(this HttpContext http, GrpcStatusCode status, string message = "")
    {
        http.Response.ContentType = "application/grpc";
        http.Response.Headers["grpc-status"] = $"{(int)status}";
        http.Response.Headers["grpc-message"] = message;
        return Task.CompletedTask;
    }

    public static void Reset(this HttpContext http, int errorCode) => http.Features.GetRequiredFeature<IHttpResetFeature>().Reset(errorCode);

    /// <summary>Completes when the client has gone.</summary>
    public static Task WhenAbortedAsync(this HttpContext http)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        http.RequestAborted.Register(() => aborted.TrySetResult());
        return aborted.Task;
    }
}
