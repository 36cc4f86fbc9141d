using Pipeline.Hotpath;

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
}
