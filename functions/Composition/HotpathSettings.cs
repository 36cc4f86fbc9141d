using Pipeline.Hotpath;
using Pipeline.Hotpath.Grpc;

namespace Pipeline.Functions.Composition;

internal static class HotpathSettings
{
    /// <summary>Section <c>Hotpath</c>; the command line gives the folder.</summary>
    public static HotpathOptions Read(IConfiguration settings, LaunchOptions options)
    {
        var hotpath = settings.GetSection("Hotpath").Get<HotpathOptions>() ?? new HotpathOptions();
        hotpath.DataDirectory = Path.Combine(options.Data, "hotpath");
        hotpath.AcceptLoss = options.AcceptLoss;
        return hotpath;
    }

    /// <summary>Section <c>Grpc</c>.</summary>
    public static GrpcOptions ReadGrpc(IConfiguration settings) => settings.GetSection("Grpc").Get<GrpcOptions>() ?? new GrpcOptions();
}
