using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Webhook;

/// <summary>
/// The baselines: a server that reads the body and answers 202, and one that also writes 100 bytes and waits for fdatasync before it
/// answers. Each in a process of its own, as the product is.
/// </summary>
internal sealed class BareEndpoint : IDisposable
{
    private const string Argument = "bare-endpoint";

    private static readonly byte[] Answer = "{\"accepted\":1,\"duplicates\":0,\"ignored\":0,\"runs\":[\"r-0000000000-00001\"]}"u8.ToArray();

    private readonly Process _process;

    private BareEndpoint(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <param name="durable">With fdatasync.</param>
    public static async Task<BareEndpoint> StartAsync(string directory, bool durable, TimeProvider time)
    {
        var portFile = Path.Combine(directory, "port.txt");
        var process = Child.Start("Pipeline.Benchmarks", $"{Argument} {portFile} {(durable ? directory : "")}", directory, Path.Combine(directory, "output.txt"));
        while (!File.Exists(portFile))
        {
            if (process.HasExited)
                throw new InvalidOperationException("The bare endpoint did not start.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), time);
        }
        return new BareEndpoint(process, int.Parse(await File.ReadAllTextAsync(portFile), System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>True when this process was started to be the endpoint; then it ran until it was killed.</summary>
    public static async Task<bool> TryServeAsync(string[] args)
    {
        if (args is not [Argument, var portFile, .. var disks])
            return false;
        using var disk = disks is [var directory] ? new DiskSync(directory) : null;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapPost("/api/grafana", (RequestDelegate)(context => ServeAsync(context, disk)));
        await app.StartAsync();
        // Moved into place whole, because the other side reads it as soon as it is there.
        await File.WriteAllTextAsync(portFile + ".new", new Uri(app.Urls.First()).Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        File.Move(portFile + ".new", portFile);
        await app.WaitForShutdownAsync();
        return true;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task ServeAsync(HttpContext context, DiskSync? disk)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(4096);
        while (await context.Request.Body.ReadAsync(buffer) > 0)
        {
        }
        System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        if (disk is not null)
        {
            lock (disk)
                disk.Write();
        }
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Answer.Length;
        await context.Response.Body.WriteAsync(Answer);
    }
}
