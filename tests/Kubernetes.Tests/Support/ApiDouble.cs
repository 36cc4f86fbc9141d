using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;

namespace Pipeline.Kubernetes.Tests.Support;

/// <summary>An HTTP server that answers as an API server does in one situation, which the test writes out.</summary>
internal sealed class ApiDouble : IAsyncDisposable
{
    private static readonly X509Certificate2 Certificate = Issue();

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop;

    private ApiDouble(WebApplication app, CancellationTokenSource stop) => (_app, _stop) = (app, stop);

    /// <summary>Method, path and query of every request, in order of arrival.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public ClusterAccess Access => new() { Server = new Uri(_app.Urls.Single()), Authorities = new RenewedCertificates(Certificate) };

    /// <param name="serve">Gets the number of the request, from 0; cancelled with the server.</param>
    /// <param name="tls">Another certificate than the usual one, or what is to be seen of a client's.</param>
    public static async Task<ApiDouble> StartAsync(Func<HttpContext, int, CancellationToken, Task> serve, Action<HttpsConnectionAdapterOptions>? tls = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddLogging();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = Certificate;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.AllowAnyClientCertificate();
                tls?.Invoke(https);
            });
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        var stop = new CancellationTokenSource();
        var server = new ApiDouble(app, stop);
        var number = -1;
        app.Run(async context =>
        {
            server.Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, context.RequestAborted);
            try
            {
                await serve(context, Interlocked.Increment(ref number), either.Token);
            }
            catch (OperationCanceledException) when (either.IsCancellationRequested)
            {
                // The client or the test is gone.
            }
        });
        await app.StartAsync();
        return server;
    }

    public static Task<ApiDouble> StartAsync(Func<HttpContext, int, Task> serve, Action<HttpsConnectionAdapterOptions>? tls = null)
        => StartAsync((context, number, _) => serve(context, number), tls);

    public KubernetesClient Client(
        TimeProvider? time = null, Func<KubernetesClientOptions, KubernetesClientOptions>? change = null, Func<ClusterAccess, ClusterAccess>? access = null, Random? random = null)
    {
        var options = new KubernetesClientOptions
        {
            // Only a broken test takes so long.
            Timeout = Patience.Bound,
            FirstDelay = TimeSpan.FromMilliseconds(1),
            LongestDelay = TimeSpan.FromMilliseconds(5),
        };
        return new KubernetesClient(access?.Invoke(Access) ?? Access, change?.Invoke(options) ?? options, time ?? TimeProvider.System, random ?? new Random(1));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    private static X509Certificate2 Issue()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=double", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
    }
}

/// <summary>What an API server says.</summary>
internal static class Says
{
    public static Task JsonAsync(this HttpContext context, string json, int code = 200)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }

    public static Task StatusAsync(this HttpContext context, int code, string reason, string message = "no", string details = "{}")
        => context.JsonAsync(Status(code, reason, message, details), code);

    public static string Status(int code, string reason, string message = "no", string details = "{}")
        => $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"{{message}}","reason":"{{reason}}","details":{{details}},"code":{{code}} }""";

    public static string Node(string name, int version)
        => $$"""{"kind":"Node","apiVersion":"v1","metadata":{"name":"{{name}}","uid":"u-{{name}}","resourceVersion":"{{version}}"},"spec":{"podCIDR":"10.0.0.0/24"} }""";

    /// <param name="more">The token of the next page; null: this is the last.</param>
    public static string NodeList(int version, string? more, params string[] items)
        => $$"""{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"{{version}}","continue":"{{more}}"},"items":[{{string.Join(',', items)}}]}""";

    public static string Event(string type, string item) => $$"""{"type":"{{type}}","object":{{item}} }""" + "\n";

    public static string Bookmark(int version) => Event("BOOKMARK", $$"""{"kind":"Node","apiVersion":"v1","metadata":{"resourceVersion":"{{version}}"} }""");

    public static async Task LinesAsync(this HttpContext context, params string[] lines)
    {
        foreach (var line in lines)
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line));
        await context.Response.Body.FlushAsync();
    }
}
