using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Http;

namespace Pipeline.Hotpath.Hosting;

internal static class HotpathSettings
{
    /// <summary>Before anything is begun, and by who only stands by: a rollout must not take the leader away for one that refuses to start.</summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">A setting is out of range; the message names it.</exception>
    public static void Check(IConfiguration settings, HotpathLaunch launch)
    {
        Read(settings, launch).Validate();
        ReadExtender(settings).Validate();
        ReadGrpc(settings).Validate();
    }

    /// <summary>Section <c>Hotpath</c>; the command line gives the folder.</summary>
    public static HotpathOptions Read(IConfiguration settings, HotpathLaunch launch)
    {
        var hotpath = settings.Read<HotpathOptions>("Hotpath");
        hotpath.DataDirectory = Path.Combine(launch.Data, "hotpath");
        // A new leader makes the model from the cluster when the folder does not have it.
        hotpath.DataMarker = launch.LeaderElect ? null : Path.Combine(launch.Data, "hotpath.begun");
        hotpath.AcceptLoss = launch.AcceptLoss;
        return hotpath;
    }

    /// <summary>Section <c>Extender</c>.</summary>
    public static ExtenderOptions ReadExtender(IConfiguration settings) => settings.Read<ExtenderOptions>("Extender");

    /// <summary>The port of health, metrics and the extender. Its client certificates are for the extender alone.</summary>
    public static HttpEndpoint ReadHttp(int port, IConfiguration settings, TimeProvider time, ILoggerFactory loggers)
        => HttpEndpoint.Read(port, "Extender:Tls", settings, time, loggers, strangersMayConnect: true);

    /// <summary>Section <c>Grpc</c>.</summary>
    public static GrpcOptions ReadGrpc(IConfiguration settings) => settings.Read<GrpcOptions>("Grpc");
}
